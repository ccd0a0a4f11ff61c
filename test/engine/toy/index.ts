// A service as a newcomer would add one: a directory whose index exports one
// object. It is a small server that answers on a port; its own program checks
// its configuration, and it connects to a server outside.

import { join } from 'node:path'
import { exit, Failure } from '../../../lib/contract/failure.ts'
import { service, type Service } from '../../../lib/engine/service.ts'
import type {
  Daemon,
  HealthCheck,
  Outside,
  Reload,
} from '../../../lib/engine/steps/daemon.ts'
import type { FileStep, Step } from '../../../lib/engine/steps/step.ts'

export const places = {
  config: '/usr/local/etc/toy/toy.conf',
  shared: '/etc/shared.conf',
  pidFile: '/var/run/toy.pid',
  log: '/var/log/toy.log',
  /** It reads this again while it runs, if it is told to. */
  songs: '/usr/local/etc/toy/songs',
  /** What it has read of that. */
  sung: '/var/run/toy.sung',
}

/** How a test configures it. */
export interface Toy {
  wanted: boolean
  port: number
  /** What its server does: `healthy`, `die`, or what its check refuses. */
  mode: string
  outside?: readonly Outside[]
  checks?: readonly HealthCheck[]
  /** Who has its sockets; without it, root. */
  holders?: readonly string[]
  /** Why its check refuses each start. */
  refusal?: Failure
  /** Songs, and how it reads them again. */
  songs?: { text: string; how: Reload['how']; within: number }
}

const access = { owner: 'root', group: 'wheel', mode: 0o644 }

const daemon: Daemon = {
  name: 'toy',
  pidFile: places.pidFile,
  forking: 5,
  log: places.log,
  explains: [/^toy broke: ./],
  timeout: 30,
}

const configuration = ({ port, mode }: Toy): FileStep => ({
  kind: 'file',
  path: places.config,
  content: `port ${port}\nmode ${mode}\n`,
  ...access,
})

const healthAt = (port: number): HealthCheck => ({
  kind: 'http',
  at: { address: '127.0.0.1', port, tls: false },
  path: '/ready',
})

const songFile = (content: string): FileStep => ({
  kind: 'file',
  path: places.songs,
  content,
  ...access,
})

const reload = ({ how, within }: Pick<Reload, 'how' | 'within'>): Reload => ({
  of: [places.songs],
  how,
  proofs: [{ kind: 'exit', argv: ['toy-sings'] }],
  within,
})

const steps = (toy: Toy): Step[] => [
  { kind: 'dir', path: '/usr/local/etc/toy', ...access, mode: 0o755 },
  configuration(toy),
  ...(toy.songs ? [songFile(toy.songs.text)] : []),
  { kind: 'line', path: places.shared, line: 'use toy', place: 'first' },
  { kind: 'rcvar', name: 'toy_enable', value: 'YES' },
  {
    ...daemon,
    kind: 'service',
    reads: [places.config, places.shared, ...(toy.songs ? [places.songs] : [])],
    ...(toy.songs ? { reload: reload(toy.songs) } : {}),
    checks: toy.checks ?? [healthAt(toy.port)],
    outside: toy.outside ?? [],
    ...(toy.holders === undefined ? {} : { holders: toy.holders }),
    proof: {
      of: [places.config],
      ...(toy.refusal ? { atStart: true } : {}),
      prove: async (host, stage, outcome) => {
        if (toy.refusal) {
          throw toy.refusal
        }
        const staged = stage.temporary(places.config) ?? places.config
        const path = join(host.root, staged)
        const { code, stderr } = await host.run('toy-check', [path])
        if (code !== 0) {
          const details = [stderr.trim()]
          const message = `toy refuses its configuration: ${outcome}`
          throw new Failure(exit.config, message, { details })
        }
        return undefined
      },
    },
  },
]

/** The toy, as it is configured at each moment. */
export const toyService = (toy: Toy): Service =>
  service<Toy>({
    name: 'toy',
    wanted: () => toy.wanted,
    recall: () => toy,
    steps: (_, recalled) => steps(recalled),
    daemon,
    secrets: ({ mode }) => [mode],
    // Of a jail without a record it knows nothing.
    formerly: () => ({ checks: [], made: [] }),
  })
