import { clockFault } from '../../../../engine/doctor/clock.ts'
import { look, type Look } from '../../../../engine/doctor/look.ts'
import type { Params } from '../../../../params/params.ts'
import { signingKeyPath } from '../../../../contract/paths.ts'

/** Whether the clock is before the creation of the signing key. */
export const clockLook = ({ domain }: Params): Look =>
  look(['clock-behind'], async ({ host, now }) => {
    const path = signingKeyPath(domain.name)
    const made = host.look(path)?.mtimeMs
    const fault =
      made === undefined ? undefined : clockFault(now(), new Date(made))
    return fault?.endsWith('behind')
      ? [
          {
            finding: 'clock-behind',
            says: `the clock ${fault} the time at which ${path} was created`,
          },
        ]
      : []
  })
