// The authorities that Synapse trusts in other servers: copies that it can read
// when it starts.

import {
  trustMade,
  trustPaths,
  trustSteps,
} from './federation/federation-ca.ts'
import { hashOf, type Made } from '../../engine/record/made.ts'
import type { Host } from '../../host/host.ts'
import { environmentVariable } from './mail/recall-mail-ca.ts'
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

type Trusted = Pick<Recalled, 'federationCa' | 'mailCa' | 'ldapCa'>

// Synapse has no setting for this: Twisted trusts what OpenSSL does by default,
// which openssl-env(7) changes. SSL_CERT_DIR stays the system's.
const environment = `SSL_CERT_FILE=${paths.mailCa}\n`

const mailSteps = (mailCa: string | undefined): Step[] =>
  mailCa === undefined
    ? []
    : [
        ...copy(paths.mailCa, mailCa),
        ...copy(paths.synapseEnv, environment),
        {
          kind: 'rcvar',
          name: environmentVariable,
          value: paths.synapseEnv,
        },
      ]

/** The files, before a configuration that names them. */
export const trustedSteps = ({
  federationCa,
  mailCa,
  ldapCa,
}: Trusted): Step[] => [
  ...trustSteps(federationCa),
  ...mailSteps(mailCa),
  ...copy(paths.ldapCa, ldapCa),
]

/** The paths that Synapse reads when it starts. */
export const trustedReads = ({
  federationCa,
  mailCa,
  ldapCa,
}: Trusted): string[] => [
  ...trustPaths(federationCa ?? []),
  ...(mailCa === undefined ? [] : [paths.mailCa, paths.synapseEnv]),
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
  ...[paths.mailCa, paths.synapseEnv, paths.ldapCa].flatMap(path =>
    fileMade(host, path),
  ),
  trustMade(),
]
