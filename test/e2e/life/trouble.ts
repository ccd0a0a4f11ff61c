// Failures: cook reports them and leaves a working state.

import { once } from 'node:events'
import {
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import {
  address,
  differences,
  domain,
  environment,
  jailContents,
  jailPicture,
  pid,
  settle,
  type Kind,
  type Setting,
} from '../setting.ts'

const plain = { NOSSL: 'yes' }

/** Another program that listens on Synapse's port. */
const occupy = async ({ jail }: Setting, port: number) => {
  const child = jail.spawn(
    [
      process.execPath,
      '-e',
      `require('http').createServer((q, s) => s.end('OK'))
        .listen(${port}, '${address}', () => console.log('up'))`,
    ],
    { host: true, input: '' },
  )
  await new Promise(resolve => child.stdout!.once('data', resolve))
  return () =>
    new Promise(resolve => {
      child.once('exit', resolve)
      child.kill('SIGKILL')
    })
}

const overlayPath = '/mnt/matrixdata/homeserver.d/50-own.yaml'

const own = ({ jail }: Setting, text: string): void =>
  writeFileSync(jail.path(overlayPath), text)

export const trouble = async (t: Test, kind: Kind): Promise<void> => {
  const setting = await settle(t, kind)
  const { jail, cook } = setting

  await t.test('wrong parameters: all are reported, none is used', async t => {
    const before = jailPicture(jail)
    const { code, stderr } = await cook([], {
      DOMAIN: 'https://Matrix.example.com',
      IP: '10.0.0',
      ALERTEMAIL: 'nobody',
      SMTPPORT: '58x7',
      SMTPUSER: 'me',
      MYSHAREDSECRET: 'tell\u0007nobody',
    })
    t.equal(code, 78)
    for (const name of ['DOMAIN', 'IP', 'ALERTEMAIL', 'MYSHAREDSECRET']) {
      t.match(stderr, new RegExp(`^error: ${name} \\(environment\\): `, 'm'))
    }
    t.match(
      stderr,
      /^error: SMTPPORT \(environment\): "58x7" is not a port \(1-65535\)$/m,
    )
    t.match(stderr, /^error: SMTPPASS \(missing\): required by SMTPUSER$/m)
    t.notMatch(stderr, /tell/)
    t.strictSame(differences(before, jailPicture(jail)), [])
  })

  await t.test('a port that is taken: 69, with the cause', async t => {
    const leave = await occupy(setting, 8008)
    const { code, stderr } = await cook([], plain)
    await leave()
    t.equal(code, 69)
    t.match(stderr, /Couldn't listen on 10\.192\.0\.5:8008: .*in use/)
  })

  await t.test('the next run repairs it', async t => {
    const { code, stderr } = await cook([], plain)
    t.equal(code, 0, stderr)
    const { status } = await jail.fetch(`http://${address}:8008/health`)
    t.equal(status, 200)
    await t.rejects(jail.fetch('http://127.0.0.1:8008/health'))
  })

  await t.test('local overrides replace keys of the configuration', async t => {
    own(setting, 'server_notices: {system_mxid_localpart: notices}\n')
    const { code, stderr } = await cook([], plain)
    t.equal(code, 0, stderr)
    const text = readFileSync(
      jail.path('/usr/local/etc/matrix-synapse/homeserver.yaml'),
      'utf8',
    )
    t.match(text, /^# From homeserver\.d\/50-own\.yaml\n\nserver_notices: /m)
  })

  for (const [what, text, told] of [
    ['that are broken', 'email: [', /50-own\.yaml: is not YAML: .* line 1/],
    ['that Synapse refuses', 'email: {enable_notifs: x}', /notif_from/],
    ['that move the pid file', 'pid_file: /x', /pid_file must be \/var\/run/],
  ] as const) {
    await t.test(`local overrides ${what}: nothing changes`, async t => {
      own(setting, text)
      const before = jailContents(jail)
      const { code, stderr } = await cook([], plain)
      t.equal(code, 78)
      t.match(stderr, told)
      t.strictSame(differences(before, jailContents(jail)), [])
    })
  }

  await t.test('overrides with which Synapse dies are rolled back', async t => {
    own(
      setting,
      'listeners: [{port: 8008, type: http, bind_addresses: [10.9.9.9], ' +
        'resources: [{names: [client]}]}]',
    )
    const path = '/usr/local/etc/matrix-synapse/homeserver.yaml'
    const before = readFileSync(jail.path(path), 'utf8')
    const old = pid(jail)
    const { code, stderr } = await cook([], plain)
    t.equal(code, 69)
    t.match(stderr, /Couldn't listen on 10\.9\.9\.9:8008/)
    t.match(stderr, /previous files were restored, and it is healthy/)
    t.equal(readFileSync(jail.path(path), 'utf8'), before)
    t.not(pid(jail), old)
    const { status } = await jail.fetch(`http://${address}:8008/health`)
    t.equal(status, 200)
    own(setting, '')
  })

  await t.test('a socket in local overrides is probed too', async t => {
    const at = (path: string) =>
      `listeners: [{type: http, path: ${path}, resources: [{names: [client]}]}]`
    own(setting, at('/var/run/matrix-synapse/x.sock'))
    const { code, stdout, stderr } = await cook([], plain)
    t.equal(code, 0, stderr)
    t.match(
      stdout,
      /healthy after .*: unix:\/var\/run\/matrix-synapse\/x\.sock/,
    )
    const input = 's3cr3t\n'
    const made = await jail.exec(['cook', 'user', 'alice'], { input })
    t.equal(made.stdout, `@alice:${domain}\n`, made.stderr)
    own(setting, at('/nowhere/x.sock'))
    const failed = await cook([], plain)
    t.equal(failed.code, 69)
    t.match(failed.stderr, /previous files were restored, and it is healthy/)
    own(setting, '')
  })

  await t.test('of two cooks at once one does not wait', async t => {
    const runs = await Promise.all([
      cook(['--log-level', 'WARNING'], plain),
      cook(['--log-level', 'WARNING'], plain),
    ])
    const codes = runs.map(({ code }) => code).sort()
    t.strictSame(codes, [0, 75])
    const late = runs.find(({ code }) => code === 75)
    t.match(late?.stderr, /another cook is running \(pid \d+/)
    t.equal((await cook(['plan', '--log-level', 'WARNING'], plain)).code, 0)
  })

  await t.test(
    'killed while Synapse starts, there is no second one',
    async t => {
      const mark = jail.path('/var/run/cook.synapse.start')
      for (const [signal, moment] of [
        ['SIGTERM', 0],
        ['SIGKILL', 200],
        ['SIGINT', 500],
      ] as const) {
        await jail.exec(['service', 'synapse', 'onestop'])
        const env = environment(plain)
        const child = jail.spawn(['cook'], { env, input: '' })
        const ended = once(child, 'exit')
        while (!existsSync(mark)) {
          await sleep(5)
        }
        await sleep(moment)
        child.kill(signal)
        await ended
        const { code, stderr } = await cook([], plain)
        t.equal(code, 0, stderr)
        const { stdout } = await jail.exec([
          'pgrep',
          '-f',
          'synapse.app.homeser',
        ])
        t.match(stdout, /^\d+\n$/, 'one alone')
        t.equal((await cook(['plan'], plain)).code, 0)
        t.notOk(existsSync(mark))
      }
    },
  )

  await t.test('nor while another program starts it', async t => {
    await jail.exec(['service', 'synapse', 'onestop'])
    const others = jail.exec(['service', 'synapse', 'start'])
    await sleep(300)
    const { code, stderr } = await cook([], plain)
    t.equal(code, 0, stderr)
    t.equal((await others).code, 0)
    const { stdout } = await jail.exec(['pgrep', '-f', 'synapse.app.homeser'])
    t.match(stdout, /^\d+\n$/, 'one alone')
    t.match((await cook([], plain)).stdout, /nothing to do/)
  })

  await t.test('a stale pid file of Synapse is reported', async t => {
    const path = jail.path('/var/run/matrix-synapse/homeserver.pid')
    const text = readFileSync(path, 'utf8')
    rmSync(path)
    const { code, stderr } = await cook([], plain)
    t.equal(code, 69)
    t.match(stderr, /synapse runs, but its pid file is missing or stale/)
    writeFileSync(path, text)
    t.match((await cook([], plain)).stdout, /nothing to do/)
  })

  await t.test('a file of rc that says otherwise is named', async t => {
    const path = '/etc/rc.conf.d/synapse'
    const mine = '/usr/local/etc/matrix-synapse/mine.yaml'
    for (const [name, value] of [
      ['synapse_conf', mine],
      ['synapse_enable', 'NO'],
    ] as const) {
      writeFileSync(jail.path(path), `${name}="${value}"\n`)
      const { code, stderr } = await cook([], plain)
      t.equal(code, 78)
      t.match(stderr, `error: ${name} (${path}): with "${value}" `)
    }
    writeFileSync(jail.path(path), '')
    t.match((await cook([], plain)).stdout, /nothing to do/)
  })

  await t.test('another name for the same data set is refused', async t => {
    const before = jailPicture(jail)
    const { code, stderr } = await cook([], { ...plain, DOMAIN: 'other.org' })
    t.equal(code, 78)
    t.match(stderr, `was made for ${domain} and cannot become other.org`)
    t.strictSame(differences(before, jailPicture(jail)), [])
  })

  await t.test('73: a directory is read-only, and nothing changes', async t => {
    const target = '/usr/local/etc/matrix-synapse'
    const mount = ['/bin/mount', '--bind', target, target]
    await jail.exec(mount)
    await jail.exec(['/bin/mount', '-o', 'remount,bind,ro', target])
    const before = jailContents(jail)
    const { code, stderr } = await cook(['--max-upload', '3M'], plain)
    t.equal(code, 73)
    t.match(stderr, `error: ${target}/homeserver.yaml: read-only file system`)
    t.match(stderr, /nothing was changed/)
    t.strictSame(differences(before, jailContents(jail)), [])
    await jail.exec(['umount', target])
  })

  await t.test('the control user lives on the data set', async t => {
    const args = ['--control-user', 'yes']
    const { code, stderr } = await cook(args, plain)
    t.equal(code, 0, stderr)
    const { stdout } = await jail.exec(['id', '-Gn', 'control'])
    t.match(stdout, /\bwheel\b/)
    const stat = statSync(jail.path('/mnt/matrixdata/control'))
    t.equal(stat.mode & 0o777, 0o750)
    const { stdout: uid } = await jail.exec(['id', '-u', 'control'])
    t.equal(String(stat.uid), uid.trim())
    t.equal((await cook(['plan', ...args], plain)).code, 0)
  })

  const signalled = async (t: Test, when: RegExp): Promise<void> => {
    const child = jail.spawn(['cook', '--block'], {
      env: environment(plain),
      input: '',
    })
    let said = ''
    child.stdout!.on('data', data => (said += data))
    for (let i = 0; i < 600 && !when.test(said); i++) {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    t.match(said, when)
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    t.equal(await ended, 0)
    const { code } = await jail.exec(['service', 'synapse', 'onestatus'])
    t.equal(code, 1)
  }

  await t.test('in the foreground it stops Synapse on a signal', t =>
    signalled(t, /is healthy/),
  )

  await t.test('and on a signal before it is healthy', t =>
    signalled(t, /service synapse is not running/),
  )
}
