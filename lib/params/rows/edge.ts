import type { Row } from '../row.ts'

/** What stands in front of the homeserver. */
export const edge = [
  {
    name: 'EDGE',
    flag: 'edge',
    kind: 'boolean',
    group: 'edge',
    default: 'no',
    example: 'yes',
    help: 'yes: Caddy does TLS on ports 80, 443 and 8448 in front of Synapse',
  },
] as const satisfies readonly Row[]
