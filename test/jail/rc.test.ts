// rc(8), rc.subr(8) and service(8) of the test jail, as each release.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { makeJail, whyNoJail, type Jail } from './jail.ts'
import { releases } from './state.ts'

const skip = whyNoJail()

const serviceIn =
  (jail: Jail) => (line: string, env?: Record<string, string>) =>
    jail.exec(['/usr/sbin/service', ...line.split(' ')], env ? { env } : {})

/** Writes an rc script that starts with these lines. */
const rcIn = (jail: Jail) => (name: string, rest: string, path?: string) =>
  writeFileSync(
    jail.path(path ?? `/usr/local/etc/rc.d/${name}`),
    `#!/bin/sh\n. /etc/rc.subr\nname=${name}\nrcvar=${name}_enable\n` +
      `load_rc_config ${name}\n: "\${${name}_enable:=NO}"\n${rest}\n` +
      'run_rc_command "$1"\n',
    { mode: 0o755 },
  )

// Writes the pid of a process only when that is what its command says.
const napper =
  '#!/bin/sh\nsleep 1000 >/dev/null 2>&1 &\n' +
  'until grep -qx sleep /proc/$!/comm; do sleep 0.01; done\n' +
  'echo $! >"$1"\n'

const nap =
  'desc="Sleep"\npidfile=/var/run/nap.pid\nprocname=sleep\n' +
  'command=/usr/local/bin/napper\ncommand_args=$pidfile\n' +
  "start_precmd='env >/tmp/env.txt'"

/** Makes a service that sleeps. */
const napIn = (jail: Jail, rest = nap) => {
  writeFileSync(jail.path('/usr/local/bin/napper'), napper, { mode: 0o755 })
  rcIn(jail)('nap', rest)
}

const cannot = (verb: string, name = 'nap'): string =>
  `Cannot '${verb}' ${name}. Set ${name}_enable to YES in /etc/rc.conf ` +
  `or use 'one${verb}' instead of '${verb}'.\n`

t.test('a service starts, answers and stops', { skip }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  const service = serviceIn(jail)
  napIn(jail)

  t.match(await service('none start'), {
    code: 1,
    stdout:
      'none does not exist in /etc/rc.d or the local startup\n' +
      'directories (/usr/local/etc/rc.d), or is not executable\n',
  })
  t.match(await service('nap describe'), { code: 0, stdout: 'Sleep\n' })
  t.match(await service('nap rcvar'), {
    code: 0,
    stdout: '# nap : Sleep\n#\nnap_enable="NO"\n#   (default: "")\n\n',
  })
  t.match(await service('nap enabled'), { code: 1, stdout: '' })
  for (const verb of ['start', 'stop', 'restart', 'disable']) {
    t.match(
      await service(`nap ${verb}`),
      { code: 0, stdout: cannot(verb) },
      `${verb} of a service that is not enabled says so and exits 0`,
    )
  }
  t.match(await service('nap onestatus'), {
    code: 1,
    stdout: 'nap is not running.\n',
  })
  t.match(await service('nap enable'), {
    code: 0,
    stdout: 'nap enabled in /etc/rc.conf\n',
  })
  t.match(readFileSync(jail.path('/etc/rc.conf'), 'utf8'), 'nap_enable="YES"')
  t.match(await service('nap enabled'), { code: 0 })
  t.match(await service('nap stop'), {
    code: 1,
    stderr: 'nap not running? (check /var/run/nap.pid).\n',
  })

  t.match(await service('nap start', { SECRET: 'x', PATH: '/bin' }), {
    code: 0,
    stdout: 'Starting nap.\n',
  })
  t.same(
    readFileSync(jail.path('/tmp/env.txt'), 'utf8').split('\n').sort(),
    ['', 'HOME=/', 'PATH=/sbin:/bin:/usr/sbin:/usr/bin', 'PWD=/'],
    "service runs the script without the caller's environment",
  )
  const pid = readFileSync(jail.path('/var/run/nap.pid'), 'utf8').trim()
  t.match(await service('nap status'), {
    code: 0,
    stdout: `nap is running as pid ${pid}.\n`,
  })
  t.match(
    await service('nap start'),
    { code: 1, stderr: `nap already running?  (pid=${pid}).\n` },
    'start of a running service exits 1',
  )
  t.match(await service('nap restart'), {
    code: 0,
    stdout: /Stopping nap\.[^]*Starting nap\./,
  })
  t.match(await service('nap stop'), { code: 0 })

  writeFileSync(jail.path('/var/run/nap.pid'), '1')
  t.match(
    await service('nap status'),
    { code: 1 },
    'a pid that another program has is not this service',
  )
  t.equal(statSync(jail.path('/etc/rc.conf')).mode & 0o777, 0o644)
})

t.test('a variable is set where it was set last', { skip }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  const service = serviceIn(jail)
  napIn(jail)
  const files = ['/etc/rc.conf.local', '/usr/local/etc/rc.conf.d/nap']
  for (const file of files) {
    writeFileSync(jail.path(file), 'nap_enable=NO\n')
    t.match(await service('nap start'), { code: 0, stdout: cannot('start') })
    t.match(await service('nap enable'), { stdout: `nap enabled in ${file}\n` })
    t.match(await service('nap enabled'), { code: 0 })
  }
  t.match(await service('nap disable'), {
    stdout: 'nap disabled in /usr/local/etc/rc.conf.d/nap\n',
  })
  mkdirSync(jail.path('/etc/rc.conf.d/nod'))
  writeFileSync(jail.path('/etc/rc.conf.d/nod/own'), 'nod_enable=YES\n')
  writeFileSync(jail.path('/etc/rc.conf.d/other'), 'nod_enable=NO\n')
  rcIn(jail)('nod', 'start_cmd="echo nods"')
  t.match(await service('nod start'), { code: 0, stdout: 'nods\n' })
})

for (const release of releases) {
  t.test(`status as release ${release} gives it`, { skip }, async t => {
    const jail = await makeJail({ release })
    t.teardown(jail.destroy)
    const service = serviceIn(jail)
    napIn(jail)
    t.match(
      await service('nap status'),
      release < 15
        ? { code: 0, stdout: cannot('status') }
        : { code: 1, stdout: 'nap is not running.\n' },
      'of a service that is not enabled',
    )

    const own = 'start_cmd=:\nstatus_cmd="echo fine; (exit 69)"\n'
    rcIn(jail)('own', own)
    rcIn(jail)('named', `${own}extra_commands=status\n`)
    await service('own enable')
    await service('named enable')
    t.match(
      await service('own status'),
      release < 14
        ? {
            code: 1,
            stdout: '',
            stderr:
              /own: unknown directive 'status'\.\nUsage: \S+own \[fast.*\|extracommands\)\n/,
          }
        : { code: 1, stdout: 'fine\n' },
      'of a service without a process',
    )
    t.match(
      await service('named status'),
      { code: 1, stdout: 'fine\n' },
      'among the extra commands it is one in every release, and fails with 1',
    )
    t.match(await service('named extracommands'), { stdout: 'status\n' })
    t.match(
      await service('named restart'),
      { code: 0, stdout: '' },
      'a command of its own is what a restart runs',
    )
  })
}

t.test(
  'a service of a user starts and stops as that user',
  { skip },
  async t => {
    const jail = await makeJail()
    t.teardown(jail.destroy)
    const service = serviceIn(jail)
    const marks = 'echo "$*" >>/tmp/limits; exec /usr/sbin/limits.real "$@"'
    await jail.exec(['mv', '/usr/sbin/limits', '/usr/sbin/limits.real'])
    writeFileSync(jail.path('/usr/sbin/limits'), `#!/bin/sh\n${marks}\n`, {
      mode: 0o755,
    })
    napIn(
      jail,
      'nap_user=synapse\npidfile=/var/run/nap/pid\nprocname=sleep\n' +
        'command=/usr/local/bin/napper\ncommand_args=$pidfile\n' +
        "start_precmd='install -d -o synapse /var/run/nap'",
    )
    t.match(await service('nap onestart'), { code: 0 })
    t.equal(
      readFileSync(jail.path('/tmp/limits'), 'utf8'),
      '-C daemon su -m synapse -c sh -c "/usr/local/bin/napper  /var/run/nap/pid"\n',
    )
    const owner = await jail.exec(['ps', '-C', 'sleep', '-o', 'user='])
    t.equal(owner.stdout, 'synapse\n')
    t.match(await service('nap onestatus'), { code: 0 })

    // A pid file is its user's word.
    const pid = readFileSync(jail.path('/var/run/nap/pid'), 'utf8')
    const other = await jail.exec([
      '/bin/sh',
      '-c',
      'sleep 1001 >/dev/null & echo $! | tee /var/run/nap/pid',
    ])
    t.match(await service('nap onestop'), {
      code: 1,
      stderr: /Operation not permitted|No such process/,
    })
    t.match(await jail.exec(['kill', '-0', other.stdout.trim()]), { code: 0 })
    writeFileSync(jail.path('/var/run/nap/pid'), pid)
    t.match(await service('nap onestop'), { code: 0 })
  },
)

t.test('what sysrc takes may break rc.conf for all', { skip }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  const service = serviceIn(jail)
  napIn(jail)
  await jail.exec(['sysrc', 'a-b=1'])
  t.match(
    await service('nap onestatus'),
    { code: 1, stdout: 'nap is not running.\n', stderr: /a-b=1: not found\n/ },
    'a name that is none of sh is run as a command',
  )
  await jail.exec(['sysrc', 'v=a"b$c\\d'])
  for (const line of ['nap onestatus', 'nap enable', 'nap onestart']) {
    t.match(
      await service(line),
      { code: 2, stdout: '', stderr: /Unterminated quoted string/ },
      line,
    )
  }
})

t.test('sshd makes its keys and checks its file first', { skip }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  const service = serviceIn(jail)
  const sshd = '[ "$1" != -t ] || { echo bad >&2; exit 255; }'
  await jail.exec(['rm', '-f', '/usr/sbin/sshd'])
  const write = (text: string) =>
    writeFileSync(jail.path('/usr/sbin/sshd'), `#!/bin/sh\n${text}\n`, {
      mode: 0o755,
    })
  write('true')
  const key = (name: string) =>
    `Generating ${name} host key\\.\n\\d+ SHA256:\\S+ .*\n`
  const check = 'Performing sanity check on sshd configuration.\n'
  t.match(await service('sshd onestart'), {
    code: 0,
    stdout: new RegExp(
      `^${['RSA', 'ECDSA', 'ED25519'].map(key).join('')}${check}` +
        'Starting sshd\\.\n$',
    ),
  })
  write(sshd)
  t.match(await service('sshd onestart'), {
    code: 1,
    stdout: check,
    stderr: /^bad\n.*WARNING: failed precmd routine for sshd\n$/,
  })
})
