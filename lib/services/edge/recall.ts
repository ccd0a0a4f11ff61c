import type { Params } from '../../params/params.ts'
import { processOf } from '../../engine/health/running.ts'
import type { Given } from '../../engine/service.ts'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { recallCa } from '../../tls/recall-ca.ts'
import {
  meanwhile,
  preliminary,
  supplied,
  type EdgeTls,
  type Named,
} from './certificate.ts'
import { isModern, judgeScript } from './installed.ts'
import { edgeRuns } from './running.ts'
import { runnerOf, storageOf, type Runner } from './user.ts'
import { judgeWebClient } from './web/web-client.ts'

/** What the disk and the system say for the edge. */
export interface RecalledEdge {
  runner: Runner
  tls: EdgeTls
  /** The PEM certificates by which the authority's server is trusted. */
  acmeCa: string | undefined
  isModern: boolean
  /** Whether the Caddy that runs is of another user: it must not go on. */
  isOfAnother: boolean
}

const isNamed = (right: Partial<Params>): right is Named & Partial<Params> =>
  right.domain !== undefined &&
  right.ip !== undefined &&
  right.serveDomain !== undefined &&
  right.acme !== undefined

// A user's Caddy writes only to directories of that user.
const isOfAnother = (host: Host, { user }: Runner): boolean => {
  const known = { pidFile: paths.caddyPidFile, runs: edgeRuns }
  const running = host.live ? processOf(host, known) : undefined
  const uid = user === 'root' ? 0 : host.uid(user)
  return running !== undefined && running.uid !== uid
}

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
    ? ((await meanwhile(host, right, now, report, runner, storageOf(runner))) ??
      (await preliminary(host, right, now, report)))
    : await supplied(host, right, now, report)
  return (
    tls && {
      ...{ runner, tls, acmeCa },
      isOfAnother: isOfAnother(host, runner),
      isModern: right.trustedProxies === undefined || (await isModern(host)),
    }
  )
}
