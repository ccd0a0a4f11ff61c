// The main job on a fresh machine, shown: node test/jail/demo.ts [dist/cook]
// makes a jail, cooks it, sends a message through the Synapse that is then
// there, and cooks once more, which must find nothing to do.

import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeJail, whyNoJail, type Jail } from './jail.ts'
import { findSynapse } from './synapse.ts'

const cook = process.argv[2] ?? 'dist/cook'
const client = fileURLToPath(new URL('client.ts', import.meta.url))
const environment = {
  DOMAIN: 'matrix.example.com',
  IP: '10.192.0.5',
  ALERTEMAIL: 'admin@example.com',
}
const files = [
  '/usr/local/etc/matrix-synapse/homeserver.yaml',
  '/usr/local/etc/matrix-synapse/log.config',
  `/mnt/matrixdata/keys/${environment.DOMAIN}.signing.key`,
  `/mnt/matrixdata/tls/${environment.DOMAIN}.crt`,
  '/etc/rc.conf',
]

const parts: string[] = []
const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  console.log(`\n== ${what}`)
  const from = performance.now()
  const result = await work()
  const ms = Math.round(performance.now() - from)
  parts.push(`${`${ms} ms`.padStart(9)}  ${what}`)
  return result
}

const live = (jail: Jail) =>
  new Promise<void>((resolve, reject) => {
    const child = jail.spawn(['/usr/local/bin/cook'], { input: '' })
    child.stdout!.pipe(process.stdout, { end: false })
    child.stderr!.pipe(process.stderr, { end: false })
    child.once('exit', (code, signal) =>
      code === 0
        ? resolve()
        : reject(new Error(`cook ended with ${signal ?? code}`)),
    )
  })

const asUser = async (jail: Jail, args: string[], env = {}) => {
  const argv = [process.execPath, client, ...args]
  const { code, stdout, stderr } = await jail.exec(argv, {
    host: true,
    env,
    timeout: 60_000,
  })
  if (code) throw new Error(`the Matrix client: ${stderr}`)
  return JSON.parse(stdout) as Record<string, string>
}

// What a second run must not touch.
const look = (jail: Jail) =>
  JSON.stringify(
    [
      ...files.map(file => statSync(jail.path(file), { bigint: true }).mtimeNs),
      readFileSync(jail.path('/var/run/matrix-synapse/homeserver.pid'), 'utf8'),
    ],
    (_, value) => String(value),
  )

const show = async (jail: Jail) => {
  await timed('cook, in an empty jail', () => live(jail))
  const health = await timed('ask for /health', () =>
    jail.fetch('http://127.0.0.1:8008/health'),
  )
  console.log(health.status, health.text)

  const secret = readFileSync(
    jail.path('/mnt/matrixdata/keys/registration'),
    'utf8',
  ).trim()
  const password = randomBytes(12).toString('hex')
  const user = await timed('register a user', () =>
    asUser(jail, ['register', 'alice', password], {
      MATRIX_SHARED_SECRET: secret,
    }),
  )
  console.log(user['user_id'])

  const body = `Hello from ${environment.DOMAIN}`
  const read = await timed('send a message and read it back', () =>
    asUser(jail, ['send-and-read', 'alice', password, body]),
  )
  console.log(`${read['event_id']}: ${read['body']}`)
  if (read['body'] !== body) throw new Error('another message came back')

  const before = look(jail)
  await timed('cook again, which changes nothing', () => live(jail))
  if (look(jail) !== before) throw new Error('the second run changed things')
}

const why = existsSync(cook) ? whyNoJail() : `no ${cook}: build it first`
if (why) {
  console.error(`the demo cannot run: ${why}`)
  process.exit(1)
}

const data = mkdtempSync(join(tmpdir(), 'cook-demo-'))
chmodSync(data, 0o755) // as the root of a data set is
let jail: Jail | undefined
try {
  jail = await timed('make an empty jail', () =>
    makeJail({ cook, data, environment }),
  )
  await show(jail)
  await timed('remove the jail', jail.destroy)
  console.log(
    `
An empty jail became the Synapse ${findSynapse().version} homeserver of ` +
      `${environment.DOMAIN},\nfrom ${Object.keys(environment).join(', ')}:\n`,
  )
  console.log(parts.join('\n'))
} catch (error) {
  console.error(`\nthe demo failed: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  await jail?.destroy()
  rmSync(data, { recursive: true, force: true })
}
