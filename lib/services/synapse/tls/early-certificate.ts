import type { Host } from '../../../host/host.ts'
import { paths, signingKeyPath } from '../../../contract/paths.ts'
import { certificatesIn } from '../../../formats/pem.ts'

/** The earliest time that the clock can show if it is right. */
const earliest = (host: Host, serverName: string): number =>
  Math.min(
    ...[signingKeyPath(serverName), paths.synapseScript].map(
      path => host.look(path)?.mtimeMs ?? Infinity,
    ),
  )

/**
 * Whether a certificate of cook's own is from a run whose clock was ahead: it
 * is not valid yet. The clock of this run may be behind instead, as it can be
 * while a host boots; then it shows a time before the signing key was created
 * or Synapse was packed, and a new certificate would soon have expired.
 */
export const isEarly = (
  host: Host,
  serverName: string,
  pem: string,
  now: Date,
): boolean => {
  const [certificate] = certificatesIn(pem)
  return (
    certificate !== undefined &&
    new Date(certificate.validFrom) > now &&
    now.getTime() >= earliest(host, serverName)
  )
}
