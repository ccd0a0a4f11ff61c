import t from 'tap'
import {
  parseCommandLine,
  type CommandLine,
} from '../../lib/cli/command-line.ts'
import { exit, Failure } from '../../lib/contract/failure.ts'
import { rows } from '../../lib/params/params.ts'
import { isSecret } from '../../lib/params/row.ts'

const nothing: CommandLine = {
  command: 'apply',
  operand: undefined,
  help: false,
  version: false,
  root: undefined,
  envFiles: [],
  start: true,
  block: false,
  log: false,
  json: false,
  quiet: false,
  own: {},
  flags: [],
}

t.test('commands and options are parsed in any order', async t => {
  for (const [argv, read] of [
    ['', {}],
    ['apply', {}],
    ['plan', { command: 'plan' }],
    ['check', { command: 'check' }],
    ['params', { command: 'params' }],
    ['params --format nomad', { command: 'params', own: { format: 'nomad' } }],
    ['params --format text', { command: 'params', own: { format: 'text' } }],
    ['params --format env', { command: 'params', own: { format: 'env' } }],
    [
      'params --format=markdown',
      { command: 'params', own: { format: 'markdown' } },
    ],
    ['--format=json params', { command: 'params', own: { format: 'json' } }],
    ['user alice', { command: 'user', operand: 'alice' }],
    ['user user', { command: 'user', operand: 'user' }],
    ['user @-a:b --json', { command: 'user', operand: '@-a:b', json: true }],
    [
      'user --admin alice --quiet',
      { command: 'user', operand: 'alice', quiet: true, own: { admin: true } },
    ],
    [
      '--password-file /x user alice',
      { command: 'user', operand: 'alice', own: { 'password-file': '/x' } },
    ],
    [
      'user a --password-file=x --password-file=y',
      { command: 'user', operand: 'a', own: { 'password-file': 'y' } },
    ],
    ['user --help', { command: 'user', help: true }],
    ['user --version', { command: 'user', version: true }],
    ['token', { command: 'token' }],
    ['image', { command: 'image' }],
    [
      'image --root /x --nomad',
      { command: 'image', root: '/x', own: { nomad: true } },
    ],
    ['status --log --json', { command: 'status', log: true, json: true }],
    [
      'token --uses 3 --expires=7d --json',
      { command: 'token', json: true, own: { uses: '3', expires: '7d' } },
    ],
    ['--root /x', { root: '/x' }],
    ['--root=/x=y', { root: '/x=y' }],
    ['--root --json', { root: '--json' }],
    [
      '--env-file a plan --env-file=b',
      { command: 'plan', envFiles: ['a', 'b'] },
    ],
    ['--no-start', { start: false }],
    ['--block --json --quiet', { block: true, json: true, quiet: true }],
    ['--help', { help: true }],
    ['plan --version', { command: 'plan', version: true }],
  ] as const) {
    const words = argv === '' ? [] : argv.split(' ')
    t.same(parseCommandLine(words), { ...nothing, ...read }, argv)
  }
})

const flagsOf = (...argv: string[]) =>
  parseCommandLine(argv).flags.map(({ row, value, isFile }) => [
    row.name,
    value,
    isFile,
  ])

t.test('each parameter has a flag, with and without hyphens', async t => {
  for (const { name, flag } of rows) {
    for (const form of [flag, flag.replaceAll('-', '')]) {
      t.same(flagsOf(`--${form}`, 'x'), [[name, 'x', false]], form)
      t.same(flagsOf(`--${form}=x`), [[name, 'x', false]], `${form}=`)
    }
  }
})

t.test('only a secret can also be read from a file', async t => {
  for (const row of rows) {
    for (const form of [`${row.flag}-file`, `${row.flag}file`]) {
      if (isSecret(row)) {
        t.same(flagsOf(`--${form}=/x`), [[row.name, '/x', true]], form)
      } else {
        t.throws(() => flagsOf(`--${form}=/x`), /^unknown flag/, form)
      }
    }
  }
})

t.test(
  'a value may be empty, begin with a hyphen or contain anything',
  async t => {
    for (const value of [
      '',
      '-',
      '--json',
      '-x',
      'a=b',
      '=',
      'a\nb',
      ' ',
      '"',
    ]) {
      t.same(flagsOf('--smtp-user', value), [['SMTPUSER', value, false]], value)
      t.same(
        flagsOf(`--smtp-user=${value}`),
        [['SMTPUSER', value, false]],
        value,
      )
    }
    t.same(flagsOf('--ip', '::1', '--ip=::2'), [
      ['IP', '::1', false],
      ['IP', '::2', false],
    ])
  },
)

t.test('an invalid command line is a usage error', async t => {
  for (const [argv, message] of [
    ['aply', 'unknown command aply: did you mean apply?'],
    ['pln', 'unknown command pln: did you mean plan?'],
    ['reload', 'unknown command reload'],
    ['', 'unknown command '],
    ['re-apply', 'unknown command re-apply: did you mean apply?'],
    ['-', 'unknown command -'],
    ['plan check', 'unexpected argument check'],
    ['usr alice', 'unknown command usr: did you mean user?'],
    ['user', 'cook user needs NAME'],
    ['user --admin', 'cook user needs NAME'],
    ['user --json --quiet', 'cook user needs NAME'],
    ['user alice s3cr3t', 'cook user takes one argument: NAME'],
    ['user alice --admin=yes', '--admin takes no value'],
    ['user alice --password-file', '--password-file needs a value'],
    ['user alice --password-file=', '--password-file needs a value'],
    ['user alice --amdin', 'unknown flag --amdin: did you mean --admin?'],
    [
      'user alice --pasword-file=/x',
      'unknown flag --pasword-file: did you mean --password-file?',
    ],
    ['--nomad', '--nomad is an option of cook image, not of apply'],
    ...['--no-start', '--block', '--env-file=/x', '--smtp-pass-file=/x'].map(
      each =>
        [
          `image ${each}`,
          `${each.replace(/=.*/, '')} does not apply to cook image, ` +
            'which needs no parameter and starts nothing',
        ] as const,
    ),
    [
      'status --root /x',
      '--root does not apply to cook status, ' +
        'which only talks to the running Synapse',
    ],
    ['image --nomad=yes', '--nomad takes no value'],
    ['--admin', '--admin is an option of cook user, not of apply'],
    ['plan --admin', '--admin is an option of cook user, not of plan'],
    [
      'apply --password-file x',
      '--password-file is an option of cook user, not of apply',
    ],
    ['plan --format json', '--format is an option of cook params, not of plan'],
    [
      'user alice --format json',
      '--format is an option of cook params, not of user',
    ],
    ...[
      ['--root /x', '--root'],
      ['--env-file x', '--env-file'],
      ['--no-start', '--no-start'],
      ['--block', '--block'],
      ['--domain example.com', '--domain'],
      ['--mysharedsecret=s3cr3t', '--my-shared-secret'],
      ['--smtp-pass-file /x', '--smtp-pass-file'],
    ].map(
      ([given, named]) =>
        [
          `user alice ${given}`,
          `${named} does not apply to cook user, ` +
            'which only talks to the running Synapse',
        ] as const,
    ),
    ['token alice', 'unexpected argument alice'],
    ['token --uses', '--uses needs a value'],
    ['token --expire 7d', 'unknown flag --expire: did you mean --expires?'],
    ['--uses 3', '--uses is an option of cook token, not of apply'],
    [
      'user a --expires 7d',
      '--expires is an option of cook token, not of user',
    ],
    ['token --admin', '--admin is an option of cook user, not of token'],
    [
      'token --root /x',
      '--root does not apply to cook token, ' +
        'which only talks to the running Synapse',
    ],
    ['plan check apply', 'unexpected argument check'],
    ['--jsno', 'unknown flag --jsno: did you mean --json?'],
    ['--smpt-port 25', 'unknown flag --smpt-port: did you mean --smtp-port?'],
    ['--domian=x', 'unknown flag --domian: did you mean --domain?'],
    [
      '--smtp-pass-fil /x',
      'unknown flag --smtp-pass-fil: did you mean --smtp-pass-file?',
    ],
    ['--xyzzyxyzzy', 'unknown flag --xyzzyxyzzy'],
    ['--', 'unknown flag --'],
    ['--=x', 'unknown flag --'],
    ['--smtp-zzzz 1', 'unknown flag --smtp-zzzz'],
    ['-x--json', 'unknown flag -x--json'],
    ['-q', 'unknown flag -q'],
    ['--x', 'unknown flag --x'],
    ['-json', 'unknown flag -json: did you mean --json?'],
    ['--DOMAIN x', 'unknown flag --DOMAIN: did you mean --domain?'],
    ['--domain', '--domain needs a value'],
    ['plan --root', '--root needs a value'],
    ['plan --root=', '--root needs a value'],
    ['--env-file', '--env-file needs a value'],
    ['--format', '--format needs a value'],
    ['--smtppass-file', '--smtppass-file needs a value'],
    ['--json=yes', '--json takes no value'],
    ['--help=', '--help takes no value'],
    ['--no-start=1', '--no-start takes no value'],
    ['params --format nomda', 'unknown format nomda: did you mean nomad?'],
    ['params --format=', '--format needs a value'],
    ['params --format xml-rpc', 'unknown format xml-rpc'],
    ['--block --no-start', '--block and --no-start cannot be used together'],
  ] as const) {
    t.throws(
      () => parseCommandLine(argv.split(' ')),
      new Failure(exit.usage, `${message} (see cook --help)`),
      argv,
    )
  }
})

t.test('a message does not show the value of a misspelt flag', async t => {
  for (const argv of [['--smtp-pas=s3cr3t'], ['--smtp-psas=a\ns3cr3t']]) {
    t.throws(() => parseCommandLine(argv), { message: /^[^\n3]*$/ })
  }
})

t.test('a word that may be part of a secret is not shown', async t => {
  for (const [argv, message] of [
    ['--smtp-pass my hunter2', 'unexpected argument after --smtp-pass'],
    ['check --smtp-pass my hunter2', 'unexpected argument after --smtp-pass'],
    ['--smtppass=my hunter2 check', 'unexpected argument after --smtp-pass'],
    ['--smtp-pass my -hunter2', 'unexpected argument after --smtp-pass'],
    ['--smtp-pass my --hunter2', 'unexpected argument after --smtp-pass'],
    ['--admin-pass a --ip ::1 b', 'unexpected argument after --admin-pass'],
    ['user alice --smtp-pass my hunter2', 'cook user takes one argument: NAME'],
    [
      '--smtp-pass x --smpt-port 25',
      'unknown flag --smpt-port: did you mean --smtp-port?',
    ],
    ['aply --smtp-pass x', 'unknown command aply: did you mean apply?'],
    ['check plan --smtp-pass x', 'unexpected argument plan'],
    ['--smtp-pass-file /x aply', 'unknown command aply: did you mean apply?'],
    ['--smtp-user x aply', 'unknown command aply: did you mean apply?'],
  ] as const) {
    t.throws(
      () => parseCommandLine(argv.split(' ')),
      new Failure(exit.usage, `${message} (see cook --help)`),
      argv,
    )
  }
})
