import type { Aim } from './outside/aim.ts'
import { bytesOf } from '../../../params/kinds/plain.ts'
import { keyOf } from './outside/keys.ts'
import type { Host } from '../../../host/host.ts'
import { localLooks } from './local/index.ts'
import type { Look, Sight } from '../../../engine/doctor/look.ts'
import { outsideLooks } from './outside/index.ts'
import type { Params } from '../../../params/params.ts'
import { paths, signingKeyPath } from '../../../contract/paths.ts'
import { publicUrlOf } from '../../../params/public-url.ts'
import { registration } from './registration.ts'
import { canonicalAddress } from '../../../formats/server-name.ts'
import type { ServerName } from '../../../formats/server-name.ts'
import { servedHere, stale } from './served.ts'
import { systemRoots } from '../../../tls/system-roots.ts'

/** The authorities that Synapse trusts: the system's, and FEDERATIONCA. */
const rootsOf = (host: Host): string[] | undefined => {
  const system = systemRoots(host)
  const given = host
    .list(paths.federationCaDir)
    .flatMap(name => host.text(`${paths.federationCaDir}/${name}`) ?? [])
  const all = [...new Set([...given, ...(system ?? [])])]
  return all.length > 0 ? all : undefined
}

const aimHere =
  (params: Params) =>
  ({ host }: Sight): Aim => {
    const { domain, ip, noSsl, federation, maxUpload } = params
    const file = host.text(signingKeyPath(domain.name))
    return {
      server: domain,
      roots: rootsOf(host),
      here: {
        publicUrl: new URL(publicUrlOf(params)),
        key: file === undefined ? undefined : keyOf(file),
        addresses: ip.map(canonicalAddress),
        maxUpload: bytesOf(maxUpload),
        ...{ noSsl, federation },
      },
    }
  }

/** The looks at the homeserver of this jail. */
export const looksHere = (params: Params): Look[] => {
  const samples = servedHere(params, sight => rootsOf(sight.host) ?? [])
  return [
    ...outsideLooks(aimHere(params), {
      samples: sight => sight.once(samples),
    }),
    stale(params, samples),
    registration,
    ...localLooks(params),
  ]
}

/** The looks at a server elsewhere, as other servers see it. */
export const looksFor = (server: ServerName): Look[] =>
  outsideLooks(({ host }) => ({ server, roots: systemRoots(host) }))
