// Synapse on a socket of the file system, as it is behind the edge.

import { once } from 'node:events'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findSynapse } from '../../jail/synapse.ts'
import type { Jail } from '../../jail/jail.ts'
import { until } from '../../support/until.ts'
import { domain, pid, settle, type Kind, type Setting } from '../setting.ts'

const edge = { EDGE: 'yes' }
const dir = '/var/db/matrix-synapse-sockets'
const socket = `${dir}/main.sock`
const log = '/var/log/matrix-synapse/homeserver.log'
const python = (): string => `/usr/local/bin/${findSynapse().python}`

const client = `
import http.client, json, socket, sys
path, method, target, headers, body = sys.argv[1:]
wire = socket.socket(socket.AF_UNIX)
try:
    wire.connect(path)
except OSError as error:
    print(json.dumps({'status': 0, 'text': type(error).__name__}))
    sys.exit()
http_ = http.client.HTTPConnection('localhost')
http_.sock = wire
http_.request(method, target, body or None, json.loads(headers))
answer = http_.getresponse()
print(json.dumps({'status': answer.status, 'text': answer.read().decode()}))
`

interface Asked {
  method?: string
  body?: object
  headers?: Record<string, string>
  user?: string
}

/** Sends a request to the socket, as Caddy's user does. */
const ask = async (
  { jail }: Setting,
  path: string,
  { method = 'GET', body, headers = {}, user = 'www' }: Asked = {},
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const sent = body === undefined ? '' : JSON.stringify(body)
  const fields = JSON.stringify(headers)
  const argv = [python(), '-c', client, socket, method, path, fields, sent]
  const { stdout, stderr } = await jail.exec(argv, { user })
  if (stdout === '') {
    throw new Error(stderr)
  }
  const { status, text } = JSON.parse(stdout)
  try {
    return { status, body: JSON.parse(text) }
  } catch {
    return { status, body: { text } }
  }
}

const from = (address: string) => ({
  'X-Forwarded-For': address,
  'X-Forwarded-Proto': 'https',
})

const logIn = (
  setting: Setting,
  address: string,
  password: string,
  user = 'alice',
) =>
  ask(setting, '/_matrix/client/v3/login', {
    method: 'POST',
    headers: from(address),
    body: {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password,
    },
  })

/** What listens in the jail, one line each. */
const listening = async ({ exec }: Jail): Promise<string[]> =>
  (await exec(['sockstat', '-l'])).stdout.trimEnd().split('\n').slice(1)

/** Ends Synapse so that it can remove nothing. */
const kill = async (jail: Jail): Promise<void> => {
  await jail.exec(['kill', '-KILL', pid(jail).trim()])
  const old = pid(jail).trim()
  await until(async () => (await jail.exec(['kill', '-0', old])).code !== 0)
}

/** A process of root has the pid that the lock names. */
const takeLock = async (t: Test, jail: Jail): Promise<void> => {
  const child = jail.spawn(['sh', '-c', 'echo $$; exec sleep 600'])
  t.teardown(() => child.kill('SIGKILL'))
  const [text] = await once(child.stdout!, 'data')
  const lock = `${socket}.lock`
  const line = `ln -sfn ${String(text).trim()} ${lock}; chown -h synapse ${lock}`
  await jail.exec(['sh', '-c', line])
}

/** What is in the directory, with owners and modes. */
const inside = async ({ exec }: Jail): Promise<string> =>
  (await exec(['stat', '-c', '%U:%G %a %F %n', dir, socket])).stdout

const healthy = /^synapse is healthy: unix:\/var\/db\S+main\.sock$/m

/** Clients and cook at the socket. */
const serves = async (t: Test, setting: Setting): Promise<void> => {
  const { jail, cook } = setting
  await t.test('Synapse has a socket and no port', async t => {
    const { code, stderr } = await cook([], edge)
    t.equal(code, 0, stderr)
    const all = await listening(jail)
    const own = all.filter(line => line.startsWith('synapse '))
    t.equal(own.length, 1, all.join('\n'))
    t.match(own[0], / stream /)
    t.notMatch(all.join('\n'), /:8008\b/)
    t.equal(
      await inside(jail),
      `synapse:www 2750 directory ${dir}\nsynapse:www 660 socket ${socket}\n`,
    )
    t.match(await cook([], edge), { code: 0, stdout: /nothing to do/ })
    t.match(await cook(['status']), { code: 0, stdout: healthy })
  })

  await t.test('only the group www connects', async t => {
    const path = '/_matrix/client/versions'
    t.equal((await ask(setting, path)).status, 200)
    for (const user of ['nobody', 'bin']) {
      t.match(await ask(setting, path, { user }), {
        status: 0,
        body: { text: 'PermissionError' },
      })
    }
  })

  await t.test('cook creates accounts and tokens there', async t => {
    const input = { input: 'a pass word\n', env: {} }
    const user = ['/usr/local/bin/cook', 'user', 'alice']
    t.match(await jail.exec(user, input), {
      code: 0,
      stdout: `@alice:${domain}\n`,
    })
    t.match(await cook(['token']), { code: 0, stdout: /^\S{16}\n$/ })
    const first = await cook([], { ...edge, ADMINUSER: 'boss' })
    t.equal(first.code, 0, first.stderr)
    t.match(first.stdout, `@boss:${domain}`)
  })

  await t.test('the address of a client is that of the header', async t => {
    const { status, body } = await logIn(setting, '203.0.113.9', 'a pass word')
    t.equal(status, 200)
    const headers = {
      ...from('203.0.113.10'),
      authorization: `Bearer ${String(body['access_token'])}`,
    }
    const path = '/_matrix/client/v3/devices'
    t.equal((await ask(setting, path, { headers })).status, 200)
    t.match(await ask(setting, path, { headers }), {
      body: { devices: [{ last_seen_ip: '203.0.113.10' }] },
    })
    const written = readFileSync(jail.path(log), 'utf8')
    t.match(written, / - 203\.0\.113\.9 - \S+ - \{.*"POST \S+\/login /)
    // Without the header Synapse fails at such a request: cook always has it.
    t.notMatch(written, / 500 "|lacks an x-forwarded-proto header/)
  })

  await t.test('each address has a limit of its own', async t => {
    const tried = async (address: string): Promise<number[]> => {
      const all: number[] = []
      for (let n = 0; n < 7; n++) {
        all.push((await logIn(setting, address, 'wrong')).status)
      }
      return all
    }
    t.ok((await tried('198.51.100.1')).includes(429))
    // An account has a limit too.
    const other = await logIn(setting, '198.51.100.2', 'wrong', 'bob')
    t.equal(other.status, 403)
  })
}

/** What a killed Synapse leaves. */
const heals = async (t: Test, { jail, cook }: Setting): Promise<void> => {
  const start = () => jail.exec(['service', 'synapse', 'start'])
  const removed = /main\.sock\.lock was left by a process that was killed: remo/

  await t.test('a lock with the pid of another process', async t => {
    await kill(jail)
    await takeLock(t, jail)
    const { code, stdout, stderr } = await cook([], edge)
    t.equal(code, 0, stderr)
    t.match(stdout, removed)
    t.match(await cook(['status']), { code: 0, stdout: healthy })
  })

  await t.test('if rc starts it, the status says what to do', async t => {
    await kill(jail)
    await takeLock(t, jail)
    await start()
    const told = /main\.sock\.lock was left by .*: run cook, which removes it/
    await until(async () => told.test((await cook(['status'])).stderr))
    t.match(await cook(['status']), { code: 69, stderr: told })
  })

  await t.test('a run before rc removes it', async t => {
    const before = ['--no-start']
    const { code, stdout, stderr } = await cook(before, edge)
    t.equal(code, 0, stderr)
    t.match(stdout, removed)
    t.match(await cook(before, edge), { stdout: /nothing to do/ })
    await start()
    await until(async () => (await cook(['status'])).code === 0)
    t.match(await cook(['status']), { code: 0, stdout: healthy })
  })

  await t.test('a socket alone is removed too', async t => {
    await kill(jail)
    await jail.exec(['rm', `${socket}.lock`])
    const { code, stderr } = await cook([], edge)
    t.equal(code, 0, stderr)
  })
}

const listener = `
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print('ready', flush=True)
while True:
    client, _ = server.accept()
    while data := client.recv(65536):
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        client.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}')
`

/** Another user's socket in the place of Synapse's. */
const refuses = async (t: Test, { jail, cook }: Setting): Promise<void> => {
  await t.test("a stranger's socket hears nothing", async t => {
    await jail.exec(['cook', 'stop'])
    t.same((await jail.exec(['ls', dir])).stdout, '')
    chmodSync(join(jail.root, dir), 0o777)
    const argv = [python(), '-c', listener, socket]
    const child = jail.spawn(argv, { user: 'nobody' })
    t.teardown(() => child.kill('SIGKILL'))
    let heard = ''
    child.stdout!.on('data', data => (heard += String(data)))
    await until(() => heard === 'ready\n')
    t.match(await cook(['user', 'mallory']), { code: 69 })
    // The directory is closed again, but what lies in it is still the stranger's.
    const { code, stderr } = await cook([], edge)
    t.equal(code, 69)
    t.match(stderr, /main\.sock/)
    t.match(await cook(['status']), { code: 69 })
    t.equal(heard, 'ready\n')
    const end = once(child, 'exit')
    child.kill('SIGKILL')
    await end
    const again = await cook([], edge)
    t.equal(again.code, 0, again.stderr)
    t.match(await inside(jail), /^synapse:www 2750 .*\nsynapse:www 660 socket/)
  })

  await t.test('a directory of another user is refused', async t => {
    await jail.exec(['chown', 'nobody', dir])
    for (const command of [[], ['plan']]) {
      t.match(await cook(command, edge), {
        code: 78,
        stderr: `${dir}: is owned by nobody, but must be owned by synapse`,
      })
    }
    t.match(await cook(['status']), { code: 69, stderr: /the user nobody/ })
    await jail.exec(['chown', 'synapse', dir])
  })
}

/** The ports go away, and come back. */
const moves = async (t: Test, { jail, cook }: Setting): Promise<void> => {
  const health = async (url: string): Promise<number> =>
    jail.fetch(`${url}/health`, { insecure: true }).then(
      ({ status }) => status,
      () => 0,
    )
  const ports = ['https://10.192.0.5:8448', 'http://127.0.0.1:8008']

  await t.test('EDGE=no gives the ports back', async t => {
    const plan = await cook(['plan'], { EDGE: 'no' })
    t.match(plan.stdout, /^synapse listens on 10\.192\.0\.5:8448 and 127\.0/m)
    const { code, stderr } = await cook([], { EDGE: 'no' })
    t.equal(code, 0, stderr)
    for (const url of ports) {
      t.equal(await health(url), 200, url)
    }
    t.match(await jail.exec(['ls', dir]), { code: 2 }, 'it is taken back')
    t.match(await cook([], { EDGE: 'no' }), { stdout: /nothing to do/ })
  })

  await t.test('EDGE=yes says which go away', async t => {
    // Caddy takes over the other one.
    const gone = /main\.sock and no longer on 127\.0\.0\.1:8008: a proxy/
    t.match((await cook(['plan'], edge)).stdout, gone)
    const { code, stdout, stderr } = await cook([], edge)
    t.equal(code, 0, stderr)
    t.match(stdout, gone)
    t.equal(await health('http://127.0.0.1:8008'), 0)
    t.equal(await health('https://10.192.0.5:8448'), 404, 'it is Caddy')
    t.match(await cook([], edge), { stdout: /nothing to do/ })
  })

  await t.test(
    'a killed Synapse keeps nothing from being taken back',
    async t => {
      await kill(jail)
      const { code, stderr } = await cook([], { EDGE: 'no' })
      t.equal(code, 0, stderr)
      t.match(await jail.exec(['ls', dir]), { code: 2 })
      t.match(await cook([], { EDGE: 'no' }), { stdout: /nothing to do/ })
    },
  )
}

/** Its clients, and what a killed one leaves. */
export const onSocket = async (t: Test, kind: Kind): Promise<void> => {
  const setting = await settle(t, kind)
  await t.test('serves', t => serves(t, setting))
  await t.test('heals', t => heals(t, setting))
}

/** Others in its place, and the way there and back. */
export const aroundSocket = async (t: Test, kind: Kind): Promise<void> => {
  const setting = await settle(t, kind)
  const { code, stderr } = await setting.cook([], edge)
  t.equal(code, 0, stderr)
  await t.test('refuses', t => refuses(t, setting))
  await t.test('moves', t => moves(t, setting))
}
