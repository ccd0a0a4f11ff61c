// The stand-ins for FreeBSD's commands have the same output and exit codes.

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { makeJail, whyNoJail } from './jail.ts'

const skip = whyNoJail()

// Rows: command, exit code, stdout, stderr.
type Row = [string, number, string, string?]

const rows: Record<string, Row[]> = {
  sysrc: [
    ['sysrc x_enable=YES', 0, 'x_enable:  -> YES\n'],
    ['sysrc x_enable=NO', 0, 'x_enable: YES -> NO\n'],
    ['sysrc x_enable', 0, 'x_enable: NO\n'],
    ['sysrc -n x_enable', 0, 'NO\n'],
    ['sysrc -c x_enable=NO', 0, ''],
    ['sysrc -c x_enable=YES', 1, ''],
    ['sysrc -c unheard_of=YES', 1, ''],
    ['sysrc -n unheard_of', 1, '', "sysrc: unknown variable 'unheard_of'\n"],
    ['sysrc -n sshd_enable', 0, 'NO\n'],
    ['grep -c x_enable /etc/rc.conf', 0, '1\n'],
    ['sysrc -x x_enable && sysrc -c x_enable', 1, ''],
    [
      'sysrc a-b=YES',
      1,
      '',
      'sysrc: a-b: name contains characters not allowed in shell\n',
    ],
    [
      `sysrc 'x_flags=a "b" $c \\d' && sysrc -n x_flags`,
      0,
      'x_flags:  -> a "b" $c \\d\na "b" $c \\d\n',
    ],
    [
      'mkdir -p /tmp/r/etc; sysrc -R /tmp/r y=1; cat /tmp/r/etc/rc.conf',
      0,
      'y:  -> 1\ny="1"\n',
    ],
  ],
  pw: [
    ['pw usershow me', 67, '', "pw: no such user 'me'\n"],
    ['pw useradd me -c Me -d /mnt/me -m -s /bin/sh -G wheel', 0, ''],
    ['pw useradd me', 65, '', "pw: login name 'me' already exists\n"],
    ['pw usershow me', 0, 'me:*:1001:1001:Me:/mnt/me:/bin/sh\n'],
    ['pw groupshow wheel', 0, 'wheel:*:0:root,me\n'],
    ['id -Gn me', 0, 'me wheel\n'],
    ['stat -c %U:%G:%a /mnt/me', 0, 'me:me:755\n'],
    ['pw useradd you -G nosuch', 67, '', "pw: group 'nosuch' does not exist\n"],
    ['pw groupadd wheel', 65, '', "pw: group name 'wheel' already exists\n"],
    [
      'pw useradd two -u 1001',
      65,
      '',
      "pw: uid '1001' has already been allocated\n",
    ],
    [
      'pw useradd two -u 1500; pw usershow two',
      0,
      'two:*:1500:1500:User &:/home/two:/bin/sh\n',
    ],
    [
      'pw groupmod wheel -m two,me; pw groupshow wheel',
      0,
      'wheel:*:0:root,me,two\n',
    ],
    ['pw groupmod wheel -d two; pw groupshow wheel', 0, 'wheel:*:0:root,me\n'],
    [
      'pw groupmod wheel -m nobody2',
      67,
      '',
      "pw: user 'nobody2' does not exist\n",
    ],
    ['pw groupmod nosuch -m me', 65, '', "pw: unknown group 'nosuch'\n"],
    [
      'pw usermod two -u 1600 -d /mnt/none; pw usershow two',
      0,
      'two:*:1600:1500:User &:/mnt/none:/bin/sh\n',
      "pw: WARNING: home '/mnt/none' does not exist\n",
    ],
    ['pw usermod nosuch -u 1', 67, '', "pw: no such user 'nosuch'\n"],
    ['pw userdel me; pw usershow me', 67, '', "pw: no such user 'me'\n"],
    ['pw groupshow wheel', 0, 'wheel:*:0:root\n'],
    ['pw userdel me', 67, '', "pw: no such user 'me'\n"],
    [
      'mkdir -p /r/etc; cp /etc/passwd /etc/group /r/etc; ' +
        'pw -R /r useradd me; pw -R /r usershow me',
      0,
      'me:*:1001:1001:User &:/home/me:/bin/sh\n',
    ],
  ],
  sysctl: [
    ['sysctl -n security.jail.vnet', 0, '1\n'],
    ['sysctl security.jail.jailed', 0, 'security.jail.jailed: 1\n'],
    ['sysctl -n no.such', 1, '', "sysctl: unknown oid 'no.such'\n"],
  ],
}

for (const [name, cases] of Object.entries(rows)) {
  t.test(`${name} answers as FreeBSD's`, { skip }, async t => {
    const jail = await makeJail()
    t.teardown(jail.destroy)
    for (const [script, code, stdout, stderr = ''] of cases) {
      t.match(
        await jail.exec(['/bin/sh', '-c', script]),
        { code, stdout, stderr },
        script,
      )
    }
  })
}

t.test('rc services', { skip }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  const service = (line: string, env?: Record<string, string>) =>
    jail.exec(['/usr/sbin/service', ...line.split(' ')], env ? { env } : {})
  const rc = (name: string, rest: string) =>
    writeFileSync(
      jail.path(`/usr/local/etc/rc.d/${name}`),
      `#!/bin/sh\n. /etc/rc.subr\nname=${name}\nrcvar=${name}_enable\n` +
        `load_rc_config ${name}\n: "\${${name}_enable:=NO}"\n${rest}\n` +
        'run_rc_command "$1"\n',
      { mode: 0o755 },
    )
  rc(
    'nap',
    'pidfile=/var/run/nap.pid\ncommand=/bin/sleep\nprocname=sleep\n' +
      "start_precmd='env >/tmp/env.txt'\n" +
      'command_args="1000 & echo \\$! >$pidfile"',
  )

  t.match(await service('none start'), {
    code: 1,
    stdout:
      'none does not exist in /etc/rc.d or the local startup\n' +
      'directories (/usr/local/etc/rc.d), or is not executable\n',
  })
  for (const verb of ['start', 'status', 'stop', 'restart']) {
    t.match(
      await service(`nap ${verb}`),
      {
        code: 0,
        stdout:
          `Cannot '${verb}' nap. Set nap_enable to YES in /etc/rc.conf ` +
          `or use 'one${verb}' instead of '${verb}'.\n`,
      },
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
  t.match(await service('nap stop'), { code: 1, stdout: /nap not running\?/ })

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

  writeFileSync(jail.path('/usr/local/etc/rc.conf.d/nap'), 'nap_enable=NO\n')
  t.match(
    await service('nap status'),
    { code: 0, stdout: /Cannot 'status'/ },
    'rc.conf.d is read after rc.conf',
  )
  t.match(await service('nap disable'), {
    code: 0,
    stdout: 'nap disabled in /etc/rc.conf\n',
  })
  t.equal(statSync(jail.path('/etc/rc.conf')).mode & 0o777, 0o644)
})
