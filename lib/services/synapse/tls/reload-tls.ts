import type { Reload } from '../../../engine/steps/daemon.ts'
import { isSecure, type Probe } from '../../../net/probe.ts'
import type { Overlays } from '../overlays/recall-overlays.ts'
import type { TlsFiles } from './prove-tls.ts'

// In seconds. Synapse does it between two requests, of which one may take long.
const within = 20

/**
 * How Synapse reads its certificate again: at SIGHUP, in every supported
 * version (refresh_certificate in synapse/app/_base.py). If it cannot load the
 * new one it goes on with the old one, and only its log says so.
 * @param probes where it listens: who has no listener with TLS reads none
 */
const tlsReload = (
  { key, certificate }: TlsFiles,
  probes: readonly Probe[],
): Reload => ({
  of: [key, certificate],
  how: { signal: 'HUP' },
  proofs: [
    { kind: 'certificate', file: certificate, at: probes.filter(isSecure) },
  ],
  within,
})

/**
 * What of cook's certificate and key Synapse reads, and how it reads them
 * again. Local overrides may name other files: cook does not watch those.
 */
export const tlsReading = (
  { key, certificate }: TlsFiles,
  probes: readonly Probe[],
  overlays: Pick<Overlays, 'replace'> | undefined,
): { reads: string[]; reload?: Reload } => {
  const reads = [
    ...(overlays?.replace('tls_private_key_path') ? [] : [key]),
    ...(overlays?.replace('tls_certificate_path') ? [] : [certificate]),
  ]
  return {
    reads,
    // With a file of another's the pair is not cook's to judge.
    ...(reads.length === 2
      ? { reload: tlsReload({ key, certificate }, probes) }
      : {}),
  }
}
