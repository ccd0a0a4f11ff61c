import { publicUrlOf } from '../../../params/public-url.ts'
import { readCertificates } from '../../../formats/pem.ts'
import { certificatePath } from '../../../contract/paths.ts'
import { connectTo } from '../../../net/peer.ts'
import { keepersOf } from '../../../engine/health/health.ts'
import { probesOf } from '../listeners.ts'
import { look, type Look, type Sight } from '../../../engine/doctor/look.ts'
import type { Params } from '../../../params/params.ts'
import type { Sample } from './outside/judge-tls.ts'
import { secureToSee } from '../../../net/connection.ts'
import { synapseDaemon } from '../daemon.ts'

/** The certificates that Synapse itself serves, one for each address. */
export const servedHere =
  (params: Params, roots: (sight: Sight) => readonly string[]) =>
  async (sight: Sight): Promise<Sample[]> => {
    const name = new URL(publicUrlOf(params)).hostname.replace(/^\[|\]$/g, '')
    const secure = probesOf(params).flatMap(at =>
      'port' in at && at.tls ? [at] : [],
    )
    const samples = secure.map(async at => {
      const peer = { ...keepersOf(synapseDaemon, sight.host), at }
      try {
        const socket = await connectTo(peer, sight.signal)
        try {
          const { served } = await secureToSee(socket, name, roots(sight))
          return [{ name, port: at.port, served }]
        } finally {
          socket.destroy()
        }
      } catch {
        // Whether Synapse answers at all is another look.
        return []
      }
    })
    return (await Promise.all(samples)).flat()
  }

/** Whether Synapse has loaded the certificate of the file. */
export const stale = (
  params: Params,
  samples: (sight: Sight) => Promise<readonly Sample[]>,
): Look =>
  look(['tls-stale'], async sight => {
    const path = certificatePath(params.domain.name)
    const file = readCertificates(sight.host.text(path) ?? '')
    const [wanted] = typeof file === 'string' ? [] : file
    const served = await sight.once(samples)
    const other = served
      .map(each => each.served.chain[0])
      .find(leaf => leaf && leaf.fingerprint256 !== wanted?.fingerprint256)
    return wanted === undefined || other === undefined
      ? []
      : [
          {
            finding: 'tls-stale',
            says:
              `Synapse serves the certificate with the serial number ` +
              `${other.serialNumber}, but ${path} has ` +
              `${wanted.serialNumber}; a renewal has had no effect yet`,
          },
        ]
  })
