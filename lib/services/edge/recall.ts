import type { Params } from '../../params/params.ts'
import type { Given } from '../../engine/service.ts'
import { recallCa } from '../../tls/recall-ca.ts'
import type { RecalledTls } from '../synapse/tls/recall-tls.ts'
import { preliminary, supplied, type Named } from './certificate.ts'
import { isModern, judgeScript } from './installed.ts'
import { runnerOf, type Runner } from './user.ts'
import { judgeWebClient } from './web/web-client.ts'

/** What the disk and the system say for the edge. */
export interface RecalledEdge {
  runner: Runner
  tls: RecalledTls
  /** The PEM certificates by which the authority's server is trusted. */
  acmeCa: string | undefined
  isModern: boolean
}

const isNamed = (right: Partial<Params>): right is Named & Partial<Params> =>
  right.domain !== undefined &&
  right.ip !== undefined &&
  right.serveDomain !== undefined &&
  right.acme !== undefined

/** Errors go into the report. */
export const recallEdge = async ({
  host,
  right,
  now,
  report,
}: Given): Promise<RecalledEdge | undefined> => {
  judgeScript(host, report)
  judgeWebClient(host, right.webClientHost, report)
  const runner = await runnerOf(host, report)
  const acmeCa = right.acmeCa
    ?.map(path => recallCa(host, 'ACMECA', path, now, report))
    .join('')
  if (!isNamed(right)) {
    return undefined
  }
  const tls = right.acme
    ? preliminary(host, right, now, report)
    : supplied(host, right, now, report)
  return (
    tls && {
      ...{ runner, tls, acmeCa },
      isModern: right.trustedProxies === undefined || (await isModern(host)),
    }
  )
}
