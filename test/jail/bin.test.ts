// The stand-ins for FreeBSD's commands have the same output and exit codes.

import t from 'tap'
import { makeJail, whyNoJail } from './jail.ts'
import { findSynapse } from './synapse.ts'

const skip = whyNoJail()
const python = (): string =>
  skip ? '' : `/usr/local/bin/${findSynapse().python}`

const syntaxErrors = 'sysrc: Exiting due to previous syntax errors'

// Rows: command, exit code, stdout, stderr.
type Said = string | RegExp
type Row = [string, number, Said, Said?]

const reserved = 'net.inet.ip.portrange.reservedhigh'
const asSynapse = `setpriv --reuid=synapse --clear-groups ${python()} -c`
const bind = 'import socket; socket.socket().bind(("", 443))'

// A user's name with a character that is not allowed in it.
const refused = (name: string, character: string, at: number): Row[] => [
  [
    `pw useradd '${name}'`,
    65,
    '',
    `pw: invalid character ${character} at position ${at} in ` +
      'userid/group name\n',
  ],
]

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
    [
      'sysrc -x x_enable && sysrc -c x_enable',
      1,
      '',
      "sysrc: unknown variable 'x_enable'\n",
    ],
    ['sysrc -n x_enable=NO', 0, ' -> NO\n'],
    ['sysrc -v x_enable=YES', 0, '/etc/rc.conf: x_enable: NO -> YES\n'],
    ['echo "  y=1 # one" >>/etc/rc.conf; sysrc y=2', 0, 'y: 1 -> 2\n'],
    ['sysrc -x y x_enable; grep -c "^ *[xy].*=[YN12]" /etc/rc.conf', 1, '0\n'],
    ['echo y=3 >/etc/rc.conf.local; sysrc y=4', 0, 'y: 3 -> 4\n'],
    ['cat /etc/rc.conf.local', 0, 'y="4"\n'],
    [
      'echo y=5 >/etc/rc.conf.d/y; sysrc -vs y y=6; sysrc -n y',
      0,
      '/etc/rc.conf.d/y: y: 5 -> 6\n4\n',
    ],
    [
      'sysrc a.b=YES',
      1,
      '',
      'sysrc: a.b: name contains characters not allowed in shell\n',
    ],
    // sh expands the name, as in ${a-b}.
    ['sysrc a-b=1 && tail -n 1 /etc/rc.conf', 0, 'a-b: b -> b\na-b="1"\n'],
    [`sysrc 'u=x$y' && sysrc -n u`, 0, 'u:  -> x\nx\n'],
    [
      `sysrc 'u=a"b'; sysrc -n u`,
      0,
      'x\n',
      /Unterminated quoted string\nsysrc: Not overwriting `\/etc\/rc.conf'/,
    ],
    // A new line is not looked at, and breaks the file.
    [
      `sysrc 'v=a"b$c\\d' && tail -n 1 /etc/rc.conf`,
      0,
      'v:  -> \nv="a"b$c\\d"\n',
    ],
    ['sysrc -n y 2>&1 | tail -n 1', 0, `${syntaxErrors}\n`],
    ['sysrc w=1 2>/dev/null', 1, ''],
    [
      'mkdir -p /tmp/r/etc; sysrc -R /tmp/r y=1; cat /tmp/r/etc/rc.conf',
      0,
      'y:  -> 1\ny="1"\n',
    ],
  ],
  pw: [
    ['pw usershow me', 67, '', "pw: no such user `me'\n"],
    ['pw useradd me -c Me -d /mnt/me -m -s /bin/sh -G wheel', 0, ''],
    ['pw useradd me', 65, '', "pw: login name `me' already exists\n"],
    ['pw usershow me', 0, 'me:*:1001:1001::0:0:Me:/mnt/me:/bin/sh\n'],
    ['pw groupshow wheel', 0, 'wheel:*:0:root,me\n'],
    ['id -Gn me', 0, 'me wheel\n'],
    ['stat -c %U:%G:%a /mnt/me', 0, 'me:me:755\n'],
    ['pw useradd you -G nosuch', 67, '', "pw: group `nosuch' does not exist\n"],
    ...refused('a b', "` '", 1),
    ...refused('a:b', "`:'", 1),
    ...refused('über', '0xc3', 0),
    [
      'pw useradd you -c a:b',
      65,
      '',
      "pw: invalid character `:' at position 1 in gecos field\n",
    ],
    [
      `pw useradd ${'x'.repeat(33)}`,
      65,
      '',
      `pw: name too long \`${'x'.repeat(33)}' (max is 32)\n`,
    ],
    ['pw useradd you -g none', 67, '', "pw: group `none' is not defined\n"],
    ['pw groupadd wheel', 65, '', "pw: group name `wheel' already exists\n"],
    [
      'pw useradd two -u 1001',
      65,
      '',
      "pw: uid `1001' has already been allocated\n",
    ],
    [
      'pw useradd two -u 1500; pw usershow two',
      0,
      'two:*:1500:1500::0:0:User &:/home/two:/bin/sh\n',
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
      "pw: user `nobody2' does not exist\n",
    ],
    ['pw groupmod nosuch -m me', 65, '', "pw: unknown group `nosuch'\n"],
    [
      'pw usermod two -u 1600 -d /mnt/none; pw usershow two',
      0,
      'two:*:1600:1500::0:0:User &:/mnt/none:/bin/sh\n',
      "pw: WARNING: home `/mnt/none' does not exist\n",
    ],
    ['pw usermod nosuch -u 1', 67, '', "pw: no such user `nosuch'\n"],
    ['pw userdel me; pw usershow me', 67, '', "pw: no such user `me'\n"],
    ['pw groupshow wheel', 0, 'wheel:*:0:root\n'],
    ['pw userdel me', 67, '', "pw: no such user `me'\n"],
    [
      'mkdir -p /r/etc; cp /etc/passwd /etc/group /r/etc; ' +
        'pw -R /r useradd me; pw -R /r usershow me',
      0,
      'me:*:1001:1001::0:0:User &:/home/me:/bin/sh\n',
    ],
  ],
  sysctl: [
    ['sysctl -n security.jail.vnet', 0, '1\n'],
    ['sysctl security.jail.jailed', 0, 'security.jail.jailed: 1\n'],
    ['sysctl -n no.such', 1, '', "sysctl: unknown oid 'no.such'\n"],
    [
      'sysctl security.jail.jailed=1',
      1,
      '',
      "sysctl: oid 'security.jail.jailed' is read only\n",
    ],
    [`sysctl ${reserved}`, 0, `${reserved}: 1023\n`],
    [`${asSynapse} '${bind}'`, 1, '', /Permission denied/],
    [`sysctl ${reserved}=0`, 0, `${reserved}: 1023 -> 0\n`],
    [`${asSynapse} '${bind}'`, 0, ''],
  ],
  su: [
    ['su -l synapse', 1, '', 'su: no directory\n'],
    ['su nosuch', 1, '', 'su: unknown login: nosuch\n'],
    [`su -m synapse -c 'id -un; echo $HOME; pwd'`, 0, 'synapse\n/root\n/\n'],
    [
      'mkdir -m 700 /home/x; pw useradd x -d /home/x; su -l x -c pwd',
      1,
      '',
      'su: no directory\n',
    ],
    ['chown x /home/x; su -l x -c pwd', 0, '/home/x\n'],
  ],
  limits: [
    ['limits -C daemon printf "%s|" "a b" c', 0, 'a b|c|'],
    [`limits -C daemon A=1 sh -c 'echo $A; exit 3'`, 3, '1\n'],
  ],
  mount: [
    ['mount | wc -l', 0, '1\n'],
    ['mount', 0, /^\S+ on \/ \(.*\)\n$/],
    [
      'mount -t nullfs /etc /mnt',
      1,
      '',
      'mount_nullfs: /mnt: Operation not permitted\n',
    ],
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

t.test('without VNET the ports are the host’s to set', { skip }, async t => {
  const jail = await makeJail({ vnet: false })
  t.teardown(jail.destroy)
  t.match(await jail.exec(['sysctl', `${reserved}=0`]), {
    code: 1,
    stdout: `${reserved}: 1023\n`,
    stderr: `sysctl: ${reserved}=0: Operation not permitted\n`,
  })
})
