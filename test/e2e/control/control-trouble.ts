// The control user, with problems.

import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Jail } from '../../jail/jail.ts'
import type { Shape } from '../../jail/state.ts'
import {
  address,
  differences,
  environment,
  jailPicture,
  pid,
  settle,
  type Kind,
} from '../setting.ts'
import { sshClient } from './ssh.ts'

const wanted = { NOSSL: 'yes', CONTROLUSER: 'yes' }
const unwanted = { NOSSL: 'yes', CONTROLUSER: 'no' }
const own = '/etc/ssh/cook.sshd_config'

const read = (jail: Jail, path: string): string =>
  readFileSync(jail.path(path), 'utf8')

const sshdPid = (jail: Jail): string => read(jail, '/var/run/sshd.pid')

const serves = async (jail: Jail): Promise<boolean> =>
  jail.fetch(`http://${address}:8008/health`).then(
    ({ status }) => status === 200,
    () => false,
  )

const status = async (jail: Jail, service: string): Promise<number> =>
  (await jail.exec(['service', service, 'onestatus'])).code

/** A program that listens on a port and sends a given text. */
const occupy = async (
  jail: Jail,
  port: number,
  at = '::',
  says = 'SSH-2.0-other',
) => {
  const script = `require('net').createServer(s =>
    s.on('error', () => {}).end('${says}\\r\\n')
  ).listen(${port}, '${at}', () => console.log('up'))`
  const argv = [process.execPath, '-e', script]
  const child = jail.spawn(argv, { host: true, input: '' })
  await once(child.stdout!, 'data')
  return async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}

export const controlTrouble = async (t: Test, kind: Kind): Promise<void> => {
  const client = sshClient(t)
  const mine = client.keys('mine')
  const newJail = async (shape: Shape = {}) => {
    const setting = await settle(t, kind, shape)
    writeFileSync(setting.jail.path('/root/importauthkey'), mine.line)
    return setting
  }
  const { jail, cook } = await newJail()

  /** In the foreground: cook reports something, and Synapse keeps running. */
  const goesOn = async (t: Test, told: RegExp): Promise<void> => {
    const child = jail.spawn(['cook', '--block'], {
      env: environment(wanted),
      input: '',
    })
    const ended = once(child, 'exit')
    let said = ''
    child.stderr!.on('data', data => (said += data))
    for (let i = 0; i < 600 && !told.test(said); i++) {
      await sleep(50)
    }
    t.match(said, told)
    await sleep(1500)
    t.equal(child.exitCode, null)
    t.ok(await serves(jail))
    child.kill('SIGTERM')
    t.same(await ended, [69, null])
    t.equal(await status(jail, 'synapse'), 1)
  }

  await t.test("69: sshd's port is taken, and Synapse runs", async t => {
    const leave = await occupy(jail, 22)
    const { code, stderr } = await cook([], wanted)
    t.equal(code, 69)
    t.match(
      stderr,
      /error: sshd has died: (\[::\]:22|0\.0\.0\.0:22|, )+ was in use before/,
    )
    t.ok(await serves(jail))
    t.match(read(jail, '/mnt/matrixdata/cook/params.env'), 'CONTROLUSER=yes')
    const old = pid(jail)
    const again = await cook([], wanted)
    t.equal(again.code, 69)
    t.equal(pid(jail), old, 'Synapse was left alone')
    await leave()
    const { code: ended, stdout } = await cook([], wanted)
    t.equal(ended, 0)
    t.match(stdout, /sshd is healthy after/)
    t.equal(pid(jail), old)
  })

  await t.test("69: another program answers on sshd's port", async t => {
    const rc = read(jail, '/etc/rc.conf')
    writeFileSync(jail.path('/etc/rc.conf'), `${rc}sshd_flags="-p 2222"\n`)
    const leave = await occupy(jail, 2222, '0.0.0.0', 'HTTP/1.1 400 What')
    await jail.exec(['service', 'sshd', 'onestop'])
    const { code, stderr } = await cook([], wanted)
    t.equal(code, 69)
    t.match(
      stderr,
      'error: sshd is not healthy after 10 s ' +
        '(0.0.0.0:2222: answers, but not as SSH does)',
    )
    t.ok(await serves(jail))
    t.equal((await cook(['plan'], wanted)).code, 0, 'nothing is to be changed')
    await goesOn(t, /error: sshd is not healthy after 10 s/)
    await leave()
    await jail.exec(['service', 'sshd', 'onestop'])
    t.equal((await cook([], wanted)).code, 0)
    writeFileSync(jail.path('/etc/rc.conf'), rc)
  })

  await t.test('in the foreground Synapse runs without sshd', async t => {
    const leave = await occupy(jail, 22)
    await jail.exec(['service', 'sshd', 'onestop'])
    await goesOn(t, /error: sshd has died/)
    await leave()
  })

  await t.test(
    'an sshd_config that sshd refuses is no matter of others',
    async t => {
      const path = '/etc/ssh/sshd_config'
      const text = read(jail, path)
      t.equal((await cook([], wanted)).code, 0)
      const old = sshdPid(jail)
      writeFileSync(jail.path(path), `${text}Frobnicate yes\n`)
      const more = { ...wanted, MAXUPLOAD: '7M' }
      const { code, stdout, stderr } = await cook([], more)
      t.equal(code, 69)
      t.match(stderr, `error: sshd refuses ${path}: sshd stays as it is\n`)
      t.match(stderr, /Bad configuration option: Frobnicate/)
      t.match(stdout, /synapse is healthy after/)
      t.equal(sshdPid(jail), old, 'who comes in by it still does')
      t.equal((await cook(['--no-start'], wanted)).code, 0, 'as at a start')
      writeFileSync(jail.path(path), text)
      t.equal((await cook([], wanted)).code, 0)
    },
  )

  await t.test('an sshd_config that sshd refuses is not changed', async t => {
    const { jail, cook } = await newJail()
    const path = '/etc/ssh/sshd_config'
    writeFileSync(jail.path(path), 'Frobnicate yes\n')
    const { code, stderr } = await cook(['--no-start'], wanted)
    t.equal(code, 78)
    t.match(stderr, `error: sshd refuses ${path}: nothing was changed\n`)
    t.equal(read(jail, path), 'Frobnicate yes\n')
    t.notOk(existsSync(jail.path('/mnt/matrixdata/keys')))
  })

  await t.test('what --no-start leaves is taken back later', async t => {
    t.equal((await cook([], wanted)).code, 0)
    const { code } = await cook(['--no-start'], unwanted)
    t.equal(code, 0)
    t.equal(await status(jail, 'sshd'), 0)
    t.equal((await cook(['plan', '--no-start'], unwanted)).code, 0)
    t.match(read(jail, '/var/db/cook/last.json'), '"name": "sshd"')
    t.equal((await cook(['plan'], unwanted)).code, 2, 'whose it is, is known')
    t.equal((await cook([], unwanted)).code, 0)
    t.equal(await status(jail, 'sshd'), 1)
    t.notOk(existsSync(jail.path(own)))
  })

  await t.test('killed at any moment, the next run repairs it', async t => {
    const has = (path: string, text: string) => read(jail, path).includes(text)
    const included = () => has('/etc/ssh/sshd_config', `Include ${own}`)
    const enabled = () => has('/etc/rc.conf', 'sshd_enable="YES"')
    const written = () => existsSync(jail.path(own))
    const running = () => existsSync(jail.path('/var/run/sshd.pid'))
    const not = (seen: () => boolean) => () => !seen()
    for (const [given, seen] of [
      [wanted, written],
      [unwanted, not(included)],
      [wanted, included],
      [unwanted, not(enabled)],
      [wanted, enabled],
      [unwanted, not(running)],
      [wanted, running],
      [unwanted, not(written)],
    ] as const) {
      const env = environment(given)
      const child = jail.spawn(['cook'], { env, input: '' })
      const ended = once(child, 'exit')
      while (!seen() && child.exitCode === null) {
        await setImmediate()
      }
      child.kill('SIGKILL')
      await ended
      const { code, stderr } = await cook([], given)
      t.equal(code, 0, stderr)
      t.equal((await cook(['plan'], given)).code, 0)
      const on = given === wanted
      t.equal(await status(jail, 'sshd'), on ? 0 : 1)
      t.same([included(), enabled(), written(), running()], [on, on, on, on])
      const remains = ['/etc/ssh', '/mnt/matrixdata/ssh'].flatMap(path =>
        readdirSync(jail.path(path)).filter(name => name.startsWith('.')),
      )
      t.strictSame(remains, [])
    }
  })

  await t.test("an administrator's sshd stays as it was", async t => {
    const { jail, cook } = await newJail()
    const path = '/etc/ssh/sshd_config'
    const text =
      'Port 2222\nListenAddress 10.192.0.5\nMatch User x\n\tBanner /x'
    writeFileSync(jail.path(path), text)
    chmodSync(jail.path(path), 0o600)
    await jail.exec(['service', 'sshd', 'enable'])
    await jail.exec(['service', 'sshd', 'start'])
    const rc = read(jail, '/etc/rc.conf')
    const way = { ...mine, port: 2222 }
    t.equal((await client.ssh(jail, way, 'true')).code, 255)

    const first = sshdPid(jail)
    const plan = await cook(['plan'], wanted)
    // Others have started it just after the file was written: it may have read
    // an older one.
    const why = /service sshd (must read|was started before) \/etc\/ssh\/sshd_/
    t.match(plan.stdout, why)
    const { code, stderr } = await cook([], wanted)
    t.equal(code, 0, stderr)
    t.not(sshdPid(jail), first)
    t.match(read(jail, path), `Include ${own}\n${text}`)
    t.equal(statSync(jail.path(path)).mode & 0o777, 0o600)
    // It has another host key now.
    const { ssh } = sshClient(t)
    t.equal((await ssh(jail, way, 'true')).code, 0)

    const second = sshdPid(jail)
    const back = await cook([], unwanted)
    t.equal(back.code, 0, back.stderr)
    t.equal(read(jail, path), text)
    t.match(read(jail, '/etc/rc.conf'), rc)
    t.not(sshdPid(jail), second)
    t.equal(await status(jail, 'sshd'), 0)
    const { code: refused, stderr: told } = await client.ssh(jail, way, 'true')
    t.equal(refused, 255)
    t.match(told, /Permission denied/, 'with the host key from before')
    const picture = jailPicture(jail)
    t.match((await cook([], unwanted)).stdout, /nothing to do/)
    t.strictSame(differences(picture, jailPicture(jail)), [])
  })

  await t.test('a jail without IPv6 works', async t => {
    const { cook } = await newJail({ ipv6: false })
    const { code, stderr } = await cook([], wanted)
    t.equal(code, 0, stderr)
    t.match((await cook([], wanted)).stdout, /nothing to do/)
  })

  await t.test('an existing user control of the jail is changed', async t => {
    const { jail, cook } = await newJail()
    const home = jail.path('/mnt/matrixdata/control')
    mkdirSync(home, { recursive: true })
    await jail.exec(['chown', '2345:2345', '/mnt/matrixdata/control'])
    await jail.exec(['pw', 'useradd', 'control', '-d', '/home/control'])
    const { code, stderr } = await cook(['--no-start'], wanted)
    t.equal(code, 0, stderr)
    const { stdout } = await jail.exec([
      ...['/bin/sh', '-c', 'id -u control; id -Gn control; echo ~control'],
    ])
    t.equal(stdout, '2345\ncontrol wheel\n/mnt/matrixdata/control\n')
    t.equal((await cook(['plan', '--no-start'], wanted)).code, 0)
  })
}
