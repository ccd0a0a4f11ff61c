import { exit, Failure } from '../../../contract/failure.ts'
import type { Host } from '../../../host/host.ts'
import { singleQuoted } from '../../../formats/sh.ts'

// A check that hangs must not hang cook. Python and OpenSSL take 0.2 s.
const limit = 60

/** The paths of a certificate and its key. */
export interface TlsFiles {
  certificate: string
  key: string
}

// The calls of synapse/crypto/context_factory.py and synapse/config/tls.py.
const program = [
  'import sys',
  'from OpenSSL import SSL, crypto',
  'crt, key = sys.argv[1:]',
  'context = SSL.Context(SSL.SSLv23_METHOD)',
  'context.use_certificate_chain_file(crt)',
  'pem = crypto.FILETYPE_PEM',
  'context.use_privatekey(crypto.load_privatekey(pem, open(key).read()))',
  'context.check_privatekey()',
  'crypto.load_certificate(pem, open(crt).read().encode())',
].join('; ')

const refused = /^(OpenSSL\.(SSL|crypto)\.Error|Unicode\w+Error|ValueError)\b/

/** What the program says if OpenSSL refuses a file; other errors are not it. */
const refusalIn = (output: string): string | undefined => {
  const last = output.trim().split('\n').at(-1) ?? ''
  // A list of triples: ('PEM routines', '', 'bad end line').
  const reasons = [...last.matchAll(/'([^']*)'\)/g)].map(([, text]) => text)
  return refused.test(last)
    ? reasons.length > 0
      ? reasons.join(', ')
      : last
    : undefined
}

/**
 * Lets the installed Synapse's Python load a certificate and its key, as the
 * user synapse. cook has checked them; but it is this OpenSSL that has to load
 * them, with the settings of this system.
 * @param python its path
 * @param outcome what follows if it refuses them, for the message
 * @throws {Failure} exit 78 if it does; not if the check itself cannot run,
 *   because the start will show what is wrong then
 */
export const proveTls = async (
  host: Host,
  python: string,
  { certificate, key }: TlsFiles,
  outcome: string,
): Promise<void> => {
  const words = [program, certificate, key].map(singleQuoted).join(' ')
  const { code, stderr } = await host
    .run('su', ['-m', 'synapse', '-c', `exec ${python} -c ${words}`], limit)
    .catch(() => ({ code: undefined, stderr: '' }))
  const refusal = code === 1 ? refusalIn(stderr) : undefined
  if (refusal !== undefined) {
    throw new Failure(
      exit.config,
      `Synapse cannot load ${certificate} with its key ${key} (OpenSSL: ` +
        `${refusal}): ${outcome}`,
    )
  }
}
