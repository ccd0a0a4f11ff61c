import type { Row } from '../row.ts'

/** The jail around the homeserver. */
export const jail = [
  {
    name: 'CONTROLUSER',
    flag: 'control-user',
    kind: 'boolean',
    group: 'jail',
    default: 'no',
    example: 'yes',
    help: 'yes: create the user control, its home on the data set, and enable sshd',
  },
  {
    name: 'STARTTIMEOUT',
    flag: 'start-timeout',
    kind: 'seconds',
    group: 'jail',
    default: '120',
    example: '300',
    help: 'how many seconds to wait for Synapse to become healthy',
  },
] as const satisfies readonly Row[]
