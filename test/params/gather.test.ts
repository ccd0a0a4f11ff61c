import { execFileSync } from 'node:child_process'
import {
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseCommandLine } from '../../lib/cli/command-line.ts'
import { exit, Failure } from '../../lib/contract/failure.ts'
import { gather } from '../../lib/params/gather.ts'
import type { Host } from '../../lib/host/host.ts'
import { rows } from '../../lib/params/params.ts'
import { isSecret } from '../../lib/params/row.ts'
import { paths } from '../../lib/contract/paths.ts'
import { newReport, renderFault, show } from '../../lib/contract/report.ts'
import { reveal, Secret } from '../../lib/contract/secret.ts'
import { renderParams } from '../../lib/cli/usage.ts'
import { hostIn, machine, whyNotRoot } from '../small/host-in.ts'

const pot = paths.potEnvironment
const record = paths.recordedParams

interface Given {
  environment?: Record<string, string | undefined>
  envFiles?: string[]
  argv?: string[]
}

/** `[value, source]` by name, and the lines of errors and warnings. */
const gathered = (host: Host, given: Given = {}) => {
  const report = newReport()
  const { flags } = parseCommandLine(given.argv ?? [])
  const { environment = {}, envFiles = [] } = given
  const got = gather(host, environment, envFiles, flags, report)
  return {
    got,
    faults: report.faults.map(renderFault),
    values: Object.fromEntries(
      [...got].map(([name, { value, source }]) => [
        name,
        [reveal(value), source],
      ]),
    ),
  }
}

t.test('the value of a later source wins', async t => {
  const host = hostIn(t, {
    [record]: 'export "SMTPPORT=1"\nexport "DOMAIN=r.example"\n',
    [pot]: 'export "SMTPPORT=2"\n',
    '/a.env': 'SMTPPORT=4\n',
    '/b.env': 'SMTPPORT=5\n',
  })
  const all = {
    environment: { SMTPPORT: '3' },
    envFiles: ['/a.env', '/b.env'],
    argv: ['--smtp-port=6', '--smtp-port=7'],
  }
  for (const [value, source, given] of [
    ['7', 'flag', all],
    ['5', '/b.env', { ...all, argv: [] }],
    ['4', '/a.env', { ...all, argv: [], envFiles: ['/b.env', '/a.env'] }],
    ['3', 'environment', { environment: all.environment }],
    ['2', pot, {}],
  ] as const) {
    const { values, faults } = gathered(host, given as Given)
    t.same(values['SMTPPORT'], [value, source], source)
    t.same(faults, [])
  }
  const { values } = gathered(hostIn(t, { [record]: 'export "SMTPPORT=1"\n' }))
  t.same(values['SMTPPORT'], ['1', record], 'the record')
  t.same(gathered(hostIn(t, {})).values, {}, 'nothing: defaults are not here')
})

t.test('the record counts unless an environment names DOMAIN', async t => {
  const recorded = 'export "DOMAIN=r.example"\nexport "SMTPPORT=1"\n'
  const domain = { DOMAIN: 'e.example' }
  const files = { [record]: recorded, '/a.env': 'DOMAIN=f.example\n' }
  for (const [what, counts, more, given] of [
    ['nothing', true, {}, {}],
    ['other names', true, {}, { environment: { IP: '::1' } }],
    ['an empty DOMAIN', true, {}, { environment: { DOMAIN: '' } }],
    ['a flag', true, {}, { argv: ['--domain', 'x.example'] }],
    ['the environment', false, {}, { environment: domain }],
    ['an environment file', false, {}, { envFiles: ['/a.env'] }],
    ["pot's file", false, { [pot]: 'export "DOMAIN=p.example"\n' }, {}],
  ] as const) {
    const { values, faults } = gathered(
      hostIn(t, { ...files, ...more }),
      given as Given,
    )
    t.equal('SMTPPORT' in values, counts, what)
    t.same(faults, [])
  }
})

t.test('an empty value is the same as none', async t => {
  const host = hostIn(t, { [pot]: 'export "SMTPHOST=p"\n', '/a.env': 'IP=\n' })
  const { values } = gathered(host, {
    environment: { SMTPHOST: '', IP: '::1', SMTPUSER: undefined, SMTPPASS: '' },
    envFiles: ['/a.env'],
  })
  t.same(values, { SMTPHOST: ['p', pot], IP: ['::1', 'environment'] })
})

t.test('an empty flag removes what other sources give', async t => {
  const lines = 'export "SMTPHOST=x"\nexport "SMTPPASS_FILE=/s"\n'
  const files = { '/s': 'p4ss\n', '/a.env': lines }
  const environment = { SMTPHOST: 'x', SMTPPASS: 'p4ss' }
  for (const [what, more, given] of [
    ['the record', { [record]: lines }, {}],
    ["pot's file", { [pot]: lines }, {}],
    ['the environment', {}, { environment }],
    ['a file', {}, { envFiles: ['/a.env'] }],
    ['nothing', {}, {}],
  ] as const) {
    const host = hostIn(t, { ...files, ...more })
    for (const pass of ['--smtp-pass=', '--smtp-pass-file=']) {
      const argv = ['--smtp-host', '', pass]
      const { values, faults } = gathered(host, { ...given, argv } as Given)
      t.same(values, {}, what)
      t.same(faults, [])
    }
  }
  const { values } = gathered(hostIn(t, files), {
    argv: [
      '--smtp-host=',
      '--smtp-host=x',
      '--smtp-pass-file=/s',
      '--smtp-pass=',
    ],
  })
  t.same(values, { SMTPHOST: ['x', 'flag'] }, 'of several the last counts')
  const own = 'export _POT_IP=10.1.0.2\nexport "IP=::1"\n'
  const { values: ip } = gathered(hostIn(t, { [pot]: own }), {
    argv: ['--ip='],
  })
  t.same(ip, { IP: ['10.1.0.2', `_POT_IP, ${pot}`] }, 'as if absent')
})

t.test('an empty secret file is not a missing one', async t => {
  const { values } = gathered(hostIn(t, { '/s': '\n' }), {
    argv: ['--smtp-pass-file=/s'],
  })
  t.same(values, { SMTPPASS: ['', 'flag, /s'] })
})

t.test('only secrets are kept as secrets', async t => {
  const environment = Object.fromEntries(rows.map(row => [row.name, 'x']))
  const argv = rows.flatMap(row => [`--${row.flag}`, 'x'])
  for (const given of [{ environment }, { argv }]) {
    const { got } = gathered(hostIn(t, {}), given)
    for (const row of rows) {
      const { value } = got.get(row.name)!
      t.equal(value instanceof Secret, isSecret(row), row.name)
    }
  }
})

t.test('NAME_FILE and --name-file read a secret from a file', async t => {
  const host = hostIn(t, {
    '/s/plain': 'p4ss',
    '/s/line': 'p4ss\n',
    '/s/dos': 'p4ss\r\n',
    '/s/more': ' p4\nss \n\n',
    '/a.env': 'SMTPPASS_FILE=/s/line\n',
    [pot]: 'export "SMTPPASS_FILE=/s/line"\n',
  })
  const own = (path: string) => ({ environment: { SMTPPASS_FILE: path } })
  for (const [value, source, given] of [
    ['p4ss', 'environment, /s/plain', own('/s/plain')],
    ['p4ss', 'environment, /s/line', own('/s/line')],
    ['p4ss', 'environment, /s/dos', own('/s/dos')],
    [' p4\nss \n', 'environment, /s/more', own('/s/more')],
    ['p4ss', `${pot}, /s/line`, {}],
    ['p4ss', '/a.env, /s/line', { envFiles: ['/a.env'] }],
    ['p4ss', 'flag, /s/line', { argv: ['--smtp-pass-file=/s/line'] }],
    ['x', 'flag', { ...own('/s/line'), argv: ['--smtp-pass=x'] }],
    ['x', 'environment', { environment: { SMTPPASS: 'x' } }],
  ] as const) {
    const { values, faults } = gathered(host, given as Given)
    t.same(values['SMTPPASS'], [value, source], source)
    t.same(faults, [])
  }
})

t.test('a named file that is not below the root is read outside', async t => {
  const outside = join(t.testdir({ secret: 'p4ss\n' }), 'secret')
  t.test('below another root', async t => {
    const { values } = gathered(hostIn(t, {}), {
      argv: ['--smtp-pass-file', outside],
    })
    t.same(values['SMTPPASS'], ['p4ss', `flag, ${outside}`])
  })
})

t.test('a secret file that cannot be used is an error', async t => {
  const host = hostIn(t, {
    '/s/bad': Buffer.from('a\xff', 'latin1'),
    '/s/p': 'x',
  })
  const both = { SMTPPASS: 'y', SMTPPASS_FILE: '/s/p' }
  for (const [fault, given] of [
    [
      'error: SMTPPASS_FILE (environment): /s/none: no such file',
      { environment: { SMTPPASS_FILE: '/s/none' } },
    ],
    [
      'error: SMTPPASS_FILE (flag): /s/none: no such file',
      { argv: ['--smtp-pass-file=/s/none'] },
    ],
    [
      'error: SMTPPASS_FILE (environment): /s/bad: is not UTF-8 text',
      { environment: { SMTPPASS_FILE: '/s/bad' } },
    ],
    [
      'error: SMTPPASS (environment): is set together with SMTPPASS_FILE: ' +
        'set only one',
      { environment: both },
    ],
  ] as const) {
    t.same(gathered(host, given as Given).faults, [fault], fault)
  }
})

t.test('an unreadable named file is one of several errors', async t => {
  const host = hostIn(t, { '/d/x': 'x' })
  execFileSync('mkfifo', [join(host.root, 'fifo')])
  symlinkSync('/d/x', join(host.root, 'link'))
  const { faults } = gathered(host, {
    environment: { SMTPPASS_FILE: '/d', MYSHAREDSECRET_FILE: '/link' },
    envFiles: ['/d', '/fifo'],
    argv: ['--ldap-password-file=/d/x/y', '--admin-pass-file=/a\0'],
  })
  t.match(faults, [
    'error: --env-file (flag): /d: is a directory, not a file',
    'error: --env-file (flag): /fifo: is not a regular file',
    /^error: MYSHAREDSECRET_FILE \(environment\): \/link: is a symbolic link/,
    'error: SMTPPASS_FILE (environment): /d: is a directory, not a file',
    /^error: LDAPPASSWORD_FILE \(flag\): .* a component of the path is not a directory/,
    /^error: ADMINPASS_FILE \(flag\): \/a/,
  ])
  t.equal(faults.length, 6)
  const denied = {
    ...host,
    readNamed: () => {
      throw new Failure(exit.noPermission, '/s: permission denied')
    },
  }
  t.same(gathered(denied, { envFiles: ['/s'] }).faults, [
    'error: --env-file (flag): /s: permission denied',
  ])
})

t.test('only a secret has a NAME_FILE', async t => {
  const environment = { DOMAIN_FILE: '/s', IP_FILE: '/s', SMTPUSER_FILE: '/s' }
  const { values, faults } = gathered(hostIn(t, { '/s': 'x' }), { environment })
  t.same(values, {})
  t.same(faults, [])
})

t.test('a name within one typo of a parameter is a warning', async t => {
  const warning = (name: string, meant: string) => [
    `warning: ${name} (environment): ignored: did you mean ${meant}?`,
  ]
  for (const [name, faults] of [
    ['SMTPPROT', warning('SMTPPROT', 'SMTPPORT')],
    ['SMTPPOR', warning('SMTPPOR', 'SMTPPORT')],
    ['SMTPPORTS', warning('SMTPPORTS', 'SMTPPORT')],
    ['DOMAN', warning('DOMAN', 'DOMAIN')],
    ['SMTPPASSFILE', warning('SMTPPASSFILE', 'SMTPPASS_FILE')],
    ['OSSL', warning('OSSL', 'NOSSL')],
    ['SMTPPORT', []],
    ['SMTPPASS_FILE', []],
    ['SMPTPROT', []],
    ['PATH', []],
    ['domain', []],
    // Too short for a typo.
    ['I', []],
    ['IPS', []],
    ['ID', []],
    ['', []],
  ] as const) {
    const { faults: got } = gathered(hostIn(t, { '/x': 'x' }), {
      environment: { [name]: '/x' },
    })
    t.same(got, faults, name)
  }
  const host = hostIn(t, {
    [pot]: 'export "DOMAN=x"\n',
    '/a.env': 'SMTPHSOT=x\n',
  })
  t.same(gathered(host, { envFiles: ['/a.env'] }).faults, [
    `warning: DOMAN (${pot}): ignored: did you mean DOMAIN?`,
    'warning: SMTPHSOT (/a.env): ignored: did you mean SMTPHOST?',
  ])
})

t.test("pot's _POT_IP is used if IP is not given", async t => {
  const plain = 'export _POT_IP=10.1.0.2\n'
  for (const [ip, text, given] of [
    [['10.1.0.2', `_POT_IP, ${pot}`], plain, {}],
    [['10.1.0.3', `_POT_IP, ${pot}`], 'export "_POT_IP=10.1.0.3"', {}],
    [
      ['10.1.0.2,fd00::2', `_POT_IP, ${pot}`],
      'export "_POT_IP= 10.1.0.2  fd00::2 "',
      {},
    ],
    [
      ['10.9.0.9', '_POT_IP, environment'],
      plain,
      { environment: { _POT_IP: '10.9.0.9' } },
    ],
    [['::1', pot], `${plain}export "IP=::1"\n`, {}],
    [['::2', 'environment'], plain, { environment: { IP: '::2' } }],
    [['::3', 'flag'], plain, { argv: ['--ip=::3'] }],
    [undefined, 'export _POT_IP=\n', {}],
  ] as const) {
    const { values, faults } = gathered(
      hostIn(t, { [pot]: text }),
      given as Given,
    )
    t.same(values['IP'], ip, text)
    t.same(faults, [])
  }
  const recorded = hostIn(t, { [pot]: plain, [record]: 'export "IP=::4"\n' })
  t.same(gathered(recorded).values['IP'], ['::4', record], 'the record first')
  for (const [ip, source, files] of [
    ['10.1.0.9', record, {}],
    ['10.1.0.2', pot, { [pot]: plain }],
  ] as const) {
    const host = hostIn(t, {
      [record]: 'export "_POT_IP=10.1.0.9"\n',
      ...files,
    })
    t.same(gathered(host).values['IP'], [ip, `_POT_IP, ${source}`])
  }
})

t.test("pot's file must be owned by root or by who runs cook", async t => {
  // Whoever runs the test: a file of a third user.
  const host = hostIn(t, { [pot]: 'export "IP=::1"\n' }, 54321)
  if (machine.euid === 0) {
    chownSync(join(host.root, pot), 54322, 54322)
  }
  const { values, faults } = gathered(host)
  t.same(values, {})
  t.same(faults, [`warning: ${pot}: is not owned by root: not read`])
  const mine = hostIn(t, { [pot]: 'export "IP=::1"\n' })
  t.same(gathered(mine).values['IP'], ['::1', pot], 'but mine is')
})

const skip = whyNotRoot

t.test("another user's file in its place is ignored", { skip }, async t => {
  for (const plant of [
    (path: string) => symlinkSync('/secret', path),
    (path: string) => symlinkSync('/nowhere', path),
    (path: string) => mkdirSync(path),
    (path: string) => void execFileSync('mkfifo', [path]),
  ]) {
    const host = hostIn(t, { '/secret': 'export "IP=::1"\n', '/tmp/x': '' })
    const path = join(host.root, pot)
    plant(path)
    lchownSync(path, 54322, 54322)
    const { values, faults } = gathered(host)
    t.same(values, {})
    t.same(faults, [`warning: ${pot}: is not owned by root: not read`])
    rmSync(path, { recursive: true })
  }
})

t.test("a hard link to another file of root's is not read", async t => {
  const host = hostIn(t, { '/secret': 'export "IP=::1"\n', '/tmp/x': '' })
  linkSync(join(host.root, '/secret'), join(host.root, pot))
  const { values, faults } = gathered(host)
  t.same(values, {})
  t.match(faults, [
    /^warning: \/tmp\/environment.sh: has more than one hard link/,
  ])
})

t.test('a line in another notation is an error with its number', async t => {
  for (const [path, text, fault] of [
    [pot, 'export "A=b"\nrm -rf /\n', 'line 2 is not export "NAME=value"'],
    [record, 'export "IP=a\nb\n', 'line 1 is not export "NAME=value"'],
    [pot, Buffer.from('export "IP=\xff"', 'latin1'), 'is not UTF-8 text'],
    [record, Buffer.from([0x80]), 'is not UTF-8 text'],
  ] as const) {
    const { values, faults } = gathered(hostIn(t, { [path]: text }))
    t.same(faults, [`error: ${path}: ${fault}`], fault)
    t.same(values, {})
  }
})

t.test('a file of --env-file has the notation of dotenv or of pot', async t => {
  for (const [text, value] of [
    ['SMTPUSER=a b', 'a b'],
    ['export SMTPUSER=a', 'a'],
    ['SMTPUSER = a ', 'a'],
    ["SMTPUSER='a # b'", 'a # b'],
    ['SMTPUSER=a # b', 'a'],
    ['# SMTPUSER=a\nSMTPUSER=b\n', 'b'],
    ['SMTPUSER="a\'b"', "a'b"],
    ["SMTPUSER='$HOME `id` \\n'", '$HOME `id` \\n'],
    ['SMTPUSER=$HOME', '$HOME'],
    ['SMTPUSER=1\r\nIP=::1\r\n', '1'],
    ['export "SMTPUSER=a\\"b # c"', 'a"b # c'],
    ['export "SMTPUSER=$HOME \\n"', '$HOME \\n'],
    ["export SMTPUSER=''\\''\na b'\nIP=::1", "'\na b"],
    ['IP=::1\nexport "SMTPUSER=x"\nIP=::2', 'x'],
    ['\ufeffSMTPUSER=a', 'a'],
  ] as const) {
    const { values, faults } = gathered(hostIn(t, { '/a.env': text }), {
      envFiles: ['/a.env'],
    })
    t.same(values['SMTPUSER'], [value, '/a.env'], show(text))
    t.same(faults, [])
  }
})

t.test('a file of --env-file must exist and be text', async t => {
  const host = hostIn(t, { '/bad': Buffer.from('IP=\xff', 'latin1') })
  const { faults } = gathered(host, { envFiles: ['/none', '/bad'] })
  t.same(faults, [
    'error: --env-file (flag): /none: no such file',
    'error: /bad: is not UTF-8 text',
  ])
})

t.test('a line of --env-file without an assignment is an error', async t => {
  const text = 'DOMAIN=a.example\nset SMTPPASS=s3cr3t\nIP=::1\n'
  const { values, faults } = gathered(hostIn(t, { '/a.env': text }), {
    envFiles: ['/a.env'],
  })
  t.same(faults, [
    'error: /a.env: line 2 is not NAME=value, or its quotes are wrong',
  ])
  t.same(Object.keys(values), ['DOMAIN', 'IP'], 'the others are validated too')
})

t.test('cook params --format env is read back', async t => {
  const text = renderParams('env').replaceAll(/^#(?=[A-Z])/gm, '')
  const host = hostIn(t, { '/a.env': text })
  const { values, faults } = gathered(host, { envFiles: ['/a.env'] })
  t.same(faults, [])
  t.same(
    values,
    Object.fromEntries(
      rows.map(row => [row.name, [row.default ?? row.example, '/a.env']]),
    ),
  )
})
