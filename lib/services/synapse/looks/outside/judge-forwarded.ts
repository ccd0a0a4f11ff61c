import type { Observed } from './observe.ts'
import type { Seen } from '../../../../engine/doctor/look.ts'

const meaning = 'limits and bans by address do not work'

/** Whose X-Forwarded-For Synapse believes. */
export const judgeForwarded = ({
  client,
  open,
  isDeceived,
}: Observed): Seen<'forwarded-for'>[] => [
  ...open.map(
    address =>
      ({
        finding: 'forwarded-for',
        says:
          `port 8008 accepts connections at ${address}, an address of ` +
          `${client?.way.host}, so everybody can tell Synapse any address; ` +
          meaning,
        mends: 'let nobody but the proxy reach port 8008',
      }) as const,
  ),
  ...(isDeceived
    ? [
        {
          finding: 'forwarded-for',
          says:
            'the proxy passes on the X-Forwarded-For that a client writes, ' +
            `and Synapse believes its first address; ${meaning}`,
          mends:
            'let the proxy set X-Forwarded-For to the address of the client',
        } as const,
      ]
    : []),
]
