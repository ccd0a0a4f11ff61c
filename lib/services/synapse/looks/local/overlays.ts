import { listed, newReport } from '../../../../contract/report.ts'
import { look, type Look, type Sight } from '../../../../engine/doctor/look.ts'
import type { Params } from '../../../../params/params.ts'
import { paths } from '../../../../contract/paths.ts'
import {
  recallOverlays,
  unreadIn,
  type Overlays,
} from '../../overlays/recall-overlays.ts'
import { replacedBy, settersOf } from '../../overlays/replaced.ts'

/**
 * Reads the local overrides; what is wrong with them is another look's.
 * @returns what a look gives to `once`
 */
export const overlaysOf =
  (params: Params) =>
  ({ host }: Sight): Promise<Overlays | undefined> =>
    recallOverlays(host, params, newReport())

export type OverlaysOf = ReturnType<typeof overlaysOf>

/** Whether there are files beside the local overrides. */
export const unreadLook: Look = look(['overlay-unread'], async ({ host }) => {
  const unread = unreadIn(host, host.list(paths.overlayDir))
  const says = `${paths.overlayDir}: only *.yaml is read: ignored ${unread}`
  return unread === undefined ? [] : [{ finding: 'overlay-unread', says }]
})

/** Whether parameters have no effect because of the local overrides. */
export const replacesLook = (params: Params, overlays: OverlaysOf): Look =>
  look(['overlay-replaces'], async ({ once }) => {
    const found = await once(overlays)
    return Object.keys(settersOf).flatMap(key => {
      const names = found?.replace(key) ? replacedBy(key, params) : []
      const have = names.length === 1 ? 'has' : 'have'
      const says = `homeserver.d sets ${key}, so ${listed(names)} ${have} no effect on it`
      return names.length === 0
        ? []
        : [{ finding: 'overlay-replaces', says } as const]
    })
  })
