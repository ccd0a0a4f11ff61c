// The ordinary jail: rc(8) runs cook at each start.

import {
  appendFileSync,
  existsSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Jail } from '../../jail/jail.ts'
import type { Done } from '../../jail/run.ts'
import { potEnvironment } from '../../jail/state.ts'
import { api, logIn } from '../api.ts'
import {
  dataSet,
  differences,
  domain,
  jailPicture,
  pid,
  settle,
  type Kind,
} from '../setting.ts'

/** The variables of pot set-env; the address comes from pot itself. */
export const given = { DOMAIN: domain, ALERTEMAIL: 'admin@example.com' }

const sh = (jail: Jail, script: string): Promise<Done> =>
  jail.exec(['/bin/sh', '-c', script], { env: {} })

// The data set of the test jail may be on the same device as its root.
const noMount = /^warning: \/mnt: is not a mount point.*\n/gm

/** Starts the jail as pot does: with an empty environment. */
export const boot = async (jail: Jail): Promise<Done> => {
  const done = await jail.exec(['/bin/sh', '/etc/rc'], { env: {} })
  return { ...done, stderr: done.stderr.replace(noMount, '') }
}

/** Stops the jail as pot does, by exec.stop. */
const shutDown = (jail: Jail): Promise<Done> =>
  jail.exec(['/bin/sh', '/etc/rc.shutdown', 'jail'], { env: {} })

/** Stops the jail as without exec.stop: all processes are killed. */
const halt = (jail: Jail): Promise<Done> =>
  sh(
    jail,
    'pkill -KILL -f [b]in/cook; pkill -KILL python; ' +
      'while pgrep python >/dev/null; do sleep 0.1; done',
  )

const setEnv = (jail: Jail, more: Record<string, string> = {}): void =>
  writeFileSync(
    jail.path('/tmp/environment.sh'),
    potEnvironment({ ...given, ...more }, jail.addresses),
  )

export const status = (jail: Jail): Promise<Done> =>
  jail.exec(['service', 'cook', 'status'])

const logOf = (jail: Jail): string => {
  const path = jail.path('/var/log/cook.log')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** Waits for a line in cook's log after an offset. */
export const logged = async (
  jail: Jail,
  line: RegExp,
  from = 0,
): Promise<string> => {
  for (let tries = 0; tries < 1200; tries++) {
    const text = logOf(jail).slice(from)
    if (line.test(text)) {
      return text
    }
    await sleep(100)
  }
  throw new Error(`no ${line} in ${logOf(jail)}`)
}

export const done = /info: nothing to do/

const homeservers = async (jail: Jail): Promise<string[]> => {
  const { stdout } = await jail.exec(['pgrep', '-f', 'synapse.app.homeserver'])
  return stdout.split('\n').slice(0, -1)
}

/** Files that change at every start. */
const ofItsLife =
  /^(tmp|var\/run|var\/log\/cook\.log|var\/log$|mnt\/matrixdata$)/

export const boots = async (
  t: Test,
  kind: Kind,
  data = dataSet(t),
): Promise<string> => {
  const setting = await settle(t, kind, { data, environment: given })
  const { jail } = setting
  let token = ''

  await t.test('cook image makes it an ordinary image', async t => {
    const { code, stderr } = await jail.exec(['/usr/local/bin/cook', 'image'], {
      env: {},
    })
    t.equal(code, 0, stderr)
    const { stdout, stderr: circles } = await sh(
      jail,
      'rcorder -s nojail /etc/rc.d/* /usr/local/etc/rc.d/*',
    )
    t.equal(circles, '')
    const order = stdout.split('\n').map(path => path.replace(/.*\//, ''))
    const at = (name: string) => order.indexOf(name)
    t.ok(at('cleartmp') < at('LOGIN') && at('LOGIN') < at('cook'))
    t.ok(at('cook') < at('synapse') && at('cook') < at('sshd'))
    t.ok(at('synapse') < at('cook_health'))
    const described = await jail.exec(['service', 'cook', 'describe'])
    t.match(described.stdout, /homeserver/)
  })

  await t.test('its first start configures a homeserver', async t => {
    t.equal((await status(jail)).code, 1, 'which is not there yet')
    const { code, stdout, stderr } = await boot(jail)
    t.equal(code, 0)
    t.equal(stderr, '', 'with nothing to complain of')
    t.match(stdout, /^Starting synapse\.$/m, 'rc itself has started it')
    const log = await logged(jail, done)
    t.match(log, /file .*homeserver\.yaml is missing: mended/)
    const healthy = await status(jail)
    t.equal(healthy.code, 0, healthy.stdout + healthy.stderr)
    t.match(healthy.stdout, /^synapse is healthy: https?:/m)
    t.equal((await homeservers(jail)).length, 1)
    t.ok(existsSync(jail.path('/usr/local/etc/pot-is-seasoned')))
    for (const line of log.split('\n').slice(0, -1)) {
      t.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z (info|warning|error): \S/)
    }
  })

  await t.test('an administrator changes it', async t => {
    const made = await jail.exec(['cook', 'user', '--admin', 'alice'], {
      input: 'a password\n',
    })
    t.equal(made.code, 0, made.stderr)
    const { access_token: given } = await logIn(setting, 'alice', 'a password')
    token = String(given)
  })

  await t.test('another start has nothing to do', async t => {
    const old = pid(jail)
    const stopped = await shutDown(jail)
    t.equal(stopped.stderr, '')
    t.same(await homeservers(jail), [])
    const before = jailPicture(jail)
    const from = logOf(jail).length
    const { stderr } = await boot(jail)
    t.equal(stderr, '')
    const log = await logged(jail, /(nothing to do[^]*){2}/, from)
    t.equal(log.split(done).length, 3, 'rc’s cook, and the one after it')
    t.equal((await status(jail)).code, 0)
    t.not(pid(jail), old)
    t.equal((await homeservers(jail)).length, 1)
    t.strictSame(
      differences(before, jailPicture(jail)).filter(
        path => !ofItsLife.test(path),
      ),
      [],
    )
  })

  await t.test('a change by pot set-env applies at the next start', async t => {
    await halt(jail)
    setEnv(jail, {
      MAXUPLOAD: '7M',
      SMTPHOST: '127.0.0.1',
      SMTPPORT: '2',
      SMTPFROM: 'matrix@example.com',
    })
    const from = logOf(jail).length
    t.equal((await boot(jail)).stderr, '')
    const log = await logged(jail, /warning: the mail server 127/, from)
    t.match(log, done, 'and that no mail can be sent comes after it')
    t.match(log, /homeserver\.yaml has different content: mended/)
    t.match(
      log,
      /synapse has data that may have been set back/,
      'it was killed',
    )
    t.equal((await status(jail)).code, 0)
    const path = '/_matrix/client/v1/media/config'
    const config = await api(setting, 'GET', path, undefined, token)
    t.equal(config['m.upload.size'], 7 * 1024 * 1024)
    t.equal((await homeservers(jail)).length, 1)
  })

  await t.test('cook_env of rc.conf applies to the whole start', async t => {
    await halt(jail)
    appendFileSync(jail.path('/etc/rc.conf'), 'cook_env="LOGLEVEL=WARNING"\n')
    const from = logOf(jail).length
    t.equal((await boot(jail)).stderr, '')
    const log = await logged(jail, /info: nothing to do/, from)
    t.equal(log.match(/log\.config has different content: mended/g)?.length, 1)
  })

  await t.test('by hand the service waits for a healthy Synapse', async t => {
    const { code, stdout } = await jail.exec(['service', 'cook', 'start'])
    t.equal(code, 0)
    t.match(stdout, /nothing to do/)
  })
  await jail.destroy()
  return token
}

// Like a homeserver that never answers.
const dead = `#!/bin/sh
# PROVIDE: synapse
# REQUIRE: LOGIN
. /etc/rc.subr
name=synapse
rcvar=synapse_enable
pidfile=/var/run/matrix-synapse/homeserver.pid
start_cmd=dead_start
dead_start() {
  echo "Starting $name."
  install -d -o synapse /var/run/matrix-synapse
  su -m synapse -c "sh -c 'sleep 600; :' synapse.app.homeserver \\
    -c /usr/local/etc/matrix-synapse/homeserver.yaml >/dev/null 2>&1 &
    echo \\$! >$pidfile"
}
load_rc_config $name
: "\${synapse_enable:=NO}"
run_rc_command "$1"
`

const later = `#!/bin/sh
# PROVIDE: later
# REQUIRE: cook cook_health synapse
[ "$1" = quietstart ] && touch /root/later
`

export const failing = async (t: Test, kind: Kind): Promise<void> => {
  const { jail } = await settle(t, kind, { data: dataSet(t) })
  const rc = (name: string, text: string): void =>
    writeFileSync(jail.path(`/usr/local/etc/rc.d/${name}`), text, {
      mode: 0o755,
    })
  const image = await jail.exec(['/usr/local/bin/cook', 'image'], { env: {} })
  t.equal(image.code, 0, image.stderr)
  rc('synapse', dead)
  rc('later', later)
  const wentOn = async (): Promise<boolean> =>
    (await jail.exec(['rm', '/root/later'])).code === 0

  await t.test('wrong parameters do not stop the start', async t => {
    setEnv(jail, { SMTPPORT: '58x7' })
    const { code, stdout, stderr } = await boot(jail)
    t.equal(code, 0)
    const fault = /error: SMTPPORT \(\/tmp\/environment\.sh\): "58x7" is not/
    t.match(stderr, fault)
    t.match(logOf(jail), fault)
    t.notMatch(stdout, /Starting synapse/)
    t.ok(await wentOn())
    const told = await status(jail)
    t.equal(told.code, 1)
    t.match(
      told.stdout,
      /cook failed at the last start of this jail: see \S+log/,
    )
    t.match(told.stderr, 'has no homeserver yet')
    t.equal(logOf(jail).match(/error: SMTPPORT/g)?.length, 1)
  })

  await t.test('nor does a homeserver that does not answer', async t => {
    setEnv(jail, { STARTTIMEOUT: '600' })
    const { code, stdout } = await boot(jail)
    t.equal(code, 0)
    t.match(stdout, /^Starting synapse\.$/m)
    t.ok(await wentOn())
    const { stdout: waiting } = await jail.exec(['pgrep', '-f', 'bin/cook'])
    t.match(waiting, /^\d+$/m, 'while cook waits for it')
    const told = await status(jail)
    t.equal(told.code, 1)
    t.match(told.stderr, /synapse is not healthy after 5 s/)
    t.notMatch(told.stdout, /cook failed/)
  })
}
