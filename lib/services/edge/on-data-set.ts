import type { FileStep } from '../../engine/steps/step.ts'
import type { Params } from '../../params/params.ts'
import { certificateKeyPath, certificatePath } from '../../contract/paths.ts'
import type { RecalledTls } from '../synapse/tls/recall-tls.ts'

/**
 * The certificate on the data set, as it is without the edge: Caddy gets a copy
 * that its user may read.
 */
export const certificateSteps = (
  { domain }: Pick<Params, 'domain'>,
  { key, certificate }: RecalledTls,
): FileStep[] => {
  const access = { owner: 'root', group: 'synapse' }
  // The key first: a certificate without its key is an error, a key without its
  // certificate is not.
  return [
    {
      ...{ kind: 'file', path: certificateKeyPath(domain.name), content: key },
      ...access,
      mode: 0o640,
    },
    {
      ...{ kind: 'file', path: certificatePath(domain.name) },
      ...{ content: certificate, ...access, mode: 0o644 },
    },
  ]
}
