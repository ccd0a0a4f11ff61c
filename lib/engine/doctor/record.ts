// What the record of cook and its files say.

import { driftLine, fileDrifts } from '../drifts.ts'
import { listed, renderFaultText, type Fault } from '../../contract/report.ts'
import { lockedBy } from '../../host/lock.ts'
import { look, type Look, type Seen } from './look.ts'
import { paths } from '../../contract/paths.ts'
import type { Planning } from './planned.ts'

/** Whether the last start of the jail failed. */
export const bootLook: Look = look(['boot-failed'], async ({ host }) =>
  host.look(paths.bootFailed) === undefined
    ? []
    : [
        {
          finding: 'boot-failed',
          says:
            'cook failed at the last start of this jail: the end of ' +
            `${paths.cookLog} says why`,
        },
      ],
)

/** Whether a run was killed. One that works now has the same file. */
export const interruptedLook: Look = look(
  ['run-interrupted'],
  async ({ host }) =>
    host.look(paths.intent) === undefined || lockedBy(host) !== undefined
      ? []
      : [
          {
            finding: 'run-interrupted',
            says: `a run of cook was interrupted: ${paths.intent} is left`,
          },
        ],
)

const isCertificate = ({ subject }: Fault): boolean =>
  subject.startsWith(`${paths.tlsDir}/`)

const isRcConf = ({ subject }: Fault): boolean => subject === paths.rcConf

type Refusal = 'certificate-unusable' | 'next-run-refused'

/** Whether the next run would refuse. */
export const refusalLook = (planned: Planning): Look =>
  look(['certificate-unusable', 'next-run-refused'], async ({ once }) => {
    const { errors } = await once(planned)
    const found = (finding: Refusal, faults: readonly Fault[]) =>
      faults.map(each => ({ finding, says: renderFaultText(each) }) as const)
    const others = errors.filter(
      each => !isCertificate(each) && !isRcConf(each),
    )
    return [
      ...found('certificate-unusable', errors.filter(isCertificate)),
      ...found('next-run-refused', others.slice(0, 1)),
    ]
  })

const mostNamed = 3

/** Whether files are as cook would write them now. */
export const driftLook = (planned: Planning): Look =>
  look(
    ['config-drift'],
    async ({ host, once }): Promise<Seen<'config-drift'>[]> => {
      const { plan } = await once(planned)
      if (plan === undefined) {
        return [{ hidden: ['config-drift'] }]
      }
      const found = lockedBy(host) === undefined ? fileDrifts(plan, host) : []
      const more = found.length - mostNamed
      const named = [
        ...found.slice(0, mostNamed).map(driftLine),
        ...(more > 0 ? [`${more} more`] : []),
      ]
      const says = `cook would change this jail: ${listed(named)}`
      return found.length === 0 ? [] : [{ finding: 'config-drift', says }]
    },
  )
