// Many requests to a listener with TLS, half of them on new connections. As a
// program it is given the URL and their number; it prints a dot for every
// hundred, and at the end what happened as JSON.

import { Agent, request } from 'node:https'
import type { ClientRequest } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'

/** What became of all requests. */
export interface Load {
  requests: number
  /** Those that were sent again, on a new connection: theirs was closed. */
  repeated: number
  failures: string[]
  /** The serials that were served, in the order of their first appearance. */
  serials: string[]
}

const [side, each] = [8, 100]

const run = async (url: string, count: number): Promise<Load> => {
  const load: Load = { requests: 0, repeated: 0, failures: [], serials: [] }
  const ask = (agent: Agent): Promise<void> =>
    new Promise((resolve, reject) => {
      const asking: ClientRequest = request(
        url,
        { agent, rejectUnauthorized: false, timeout: 60_000 },
        answer => {
          const { serialNumber } = (
            answer.socket as TLSSocket
          ).getPeerCertificate()
          load.serials.includes(serialNumber) || load.serials.push(serialNumber)
          answer
            .on('error', reject)
            .on('end', () =>
              answer.statusCode === 200
                ? resolve()
                : reject(new Error(`${answer.statusCode}`)),
            )
            .resume()
        },
      )
      asking
        .on('timeout', () => asking.destroy(new Error('no answer')))
        .on('error', error =>
          reject(Object.assign(error, { kept: asking.reusedSocket })),
        )
        .end()
    })
  const fresh = new Agent({ keepAlive: false })
  const kept = new Agent({ keepAlive: true, maxSockets: side / 2 })
  const worker = async (agent: Agent): Promise<void> => {
    while (load.requests < count) {
      load.requests++
      load.requests % each === 0 && process.stdout.write('.')
      try {
        await ask(agent).catch(error => {
          if (!error.kept) throw error
          load.repeated++
          return ask(fresh)
        })
      } catch (error) {
        load.failures.push(String(error))
      }
    }
  }
  const agents = Array.from({ length: side }, (_, n) => (n % 2 ? fresh : kept))
  await Promise.all(agents.map(worker))
  kept.destroy()
  return load
}

export const script = fileURLToPath(import.meta.url)

if (process.argv[1] === script) {
  const [, , url = '', count] = process.argv
  process.stdout.write(`\n${JSON.stringify(await run(url, Number(count)))}\n`)
}
