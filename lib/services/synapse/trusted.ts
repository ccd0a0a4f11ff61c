// The authorities that Synapse trusts in other servers: copies that it can read
// when it starts.

import {
  trustMade,
  trustPaths,
  trustSteps,
} from './federation/federation-ca.ts'
import { hashOf, type Made } from '../../engine/record/made.ts'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import type { Recalled } from './recall.ts'
import type { FileStep, Step } from '../../engine/steps/step.ts'

const copy = (path: string, content: string | undefined): FileStep[] =>
  content === undefined
    ? []
    : [
        {
          ...{ kind: 'file', path, content },
          ...{ owner: 'root', group: 'wheel', mode: 0o644 },
        },
      ]

type Trusted = Pick<Recalled, 'federationCa' | 'ldapCa'>

/** The files, before a configuration that names them. */
export const trustedSteps = ({ federationCa, ldapCa }: Trusted): Step[] => [
  ...trustSteps(federationCa),
  ...copy(paths.ldapCa, ldapCa),
]

/** The paths that Synapse reads when it starts. */
export const trustedReads = ({ federationCa, ldapCa }: Trusted): string[] => [
  ...trustPaths(federationCa ?? []),
  ...(ldapCa === undefined ? [] : [paths.ldapCa]),
]

const fileMade = (host: Host, path: string): Made[] => {
  const text = host.text(path)
  return text === undefined
    ? []
    : [{ kind: 'file', path, hashes: [hashOf(text)] }]
}

/** Such files of a jail whose record does not name them. */
export const trustedFormerly = (host: Host): Made[] => [
  ...fileMade(host, paths.ldapCa),
  trustMade(),
]
