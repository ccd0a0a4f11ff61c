// Warnings of a run by hand with other values than those in pot's file.

import { spawnSync } from 'node:child_process'
import t, { type Test } from 'tap'
import { parseCommandLine } from '../../lib/cli/command-line.ts'
import { gather } from '../../lib/params/gather.ts'
import { paths } from '../../lib/contract/paths.ts'
import { newReport, renderFault } from '../../lib/contract/report.ts'
import { hostIn } from '../small/host-in.ts'

const pot =
  'export "DOMAIN=example.com"\nexport "SMTPPORT=25"\n' +
  'export "SMTPPASS=pot\'s pass"\nexport "GOSSIPKEY=unknown key"\n' +
  'export _POT_NAME=matrix\nexport _POT_IP=10.1.0.2\n'

interface Given {
  environment?: Record<string, string>
  envFiles?: string[]
  argv?: string[]
}

const warned = (
  t: Test,
  { environment = {}, envFiles = [], argv = [] }: Given,
  files: Readonly<Record<string, string>> = {},
  live = true,
): string[] => {
  const host = hostIn(t, {
    '/tmp/x': '',
    [paths.potEnvironment]: pot,
    ...files,
  })
  const report = newReport()
  const { flags } = parseCommandLine(argv)
  gather({ ...host, live }, environment, envFiles, flags, report)
  return report.faults.map(renderFault)
}

const rest =
  'lasts until the jail is restarted or cook runs without it: then ' +
  '/tmp/environment.sh applies, which'

/** The arguments of the command in the last warning, as sh(1) parses it. */
const argumentsOf = (
  warnings: readonly string[],
  environment: Record<string, string> = {},
): { code: number | null; words: string[] } => {
  const [, command = ''] = warnings.at(-1)?.match(/: (pot set-env .*)$/) ?? []
  const script = `pot() { printf '%s\\n' "$@"; }\n${command}`
  const { status, stdout } = spawnSync('/bin/sh', ['-c', script], {
    encoding: 'utf8',
    env: environment,
  })
  return { code: status, words: stdout.split('\n').slice(0, -1) }
}

t.test("a value that differs from pot's is a warning", async t => {
  for (const [warning, given] of [
    [
      `warning: SMTPPORT (flag): ${rest} has "25"`,
      { argv: ['--smtp-port=587'] },
    ],
    [
      `warning: SMTPPORT (environment): ${rest} has "25"`,
      { environment: { SMTPPORT: '587' } },
    ],
    [`warning: SMTPPORT (/a.env): ${rest} has "25"`, { envFiles: ['/a.env'] }],
    [
      `warning: MAXUPLOAD (flag): ${rest} does not set it`,
      { argv: ['--max-upload=1M'] },
    ],
    [
      `warning: SMTPPASS (flag): ${rest} has another value`,
      { argv: ['--smtp-pass=x'] },
    ],
    [`warning: IP (flag): ${rest} has "10.1.0.2"`, { argv: ['--ip=10.1.0.3'] }],
  ] as const) {
    const got = warned(t, given as Given, { '/a.env': 'SMTPPORT=587\n' })
    t.equal(got.length, 2, warning)
    t.equal(got[0], warning)
    t.match(got[1], 'to keep it, run this on the host')
  }
})

t.test("the same value as pot's is no warning", async t => {
  for (const given of [
    {},
    { argv: ['--smtp-port=25', '--ip=10.1.0.2', "--smtp-pass=pot's pass"] },
    { environment: { SMTPPORT: '25', DOMAIN: 'example.com', PATH: '/bin' } },
  ]) {
    t.same(warned(t, given), [])
  }
})

t.test('without a value of pot there is no warning', async t => {
  const given = { argv: ['--smtp-port=587'] }
  const without = { [paths.potEnvironment]: '' }
  t.same(warned(t, given, without), [])
  t.same(warned(t, given, {}, false), [], 'nor below another root')
  // Without DOMAIN the record counts, except where pot has a value.
  const some = 'export "MAXUPLOAD=1M"\nexport _POT_IP=10.1.0.2\n'
  const own = { [paths.potEnvironment]: some }
  t.same(warned(t, given, own), [])
  t.same(warned(t, { argv: ['--ip=10.9.9.9'] }, own), [])
  t.equal(warned(t, { argv: ['--max-upload=2M'] }, own).length, 2)
})

t.test('a value in cook_args or cook_env is no warning', async t => {
  const rc = (line: string) => ({
    [paths.rcConf]: `${line}\n`,
    '/a.env': 'SMTPPORT=587\n',
  })
  for (const [line, count, given] of [
    ['cook_args="--smtp-port 587"', 0, { argv: ['--smtp-port=587'] }],
    ['cook_args="--json --smtp-port=587"', 0, { argv: ['--smtp-port=587'] }],
    ['cook_args="--smtp-ports"', 2, { argv: ['--smtp-port=587'] }],
    ['cook_args="--env-file /a.env"', 0, { envFiles: ['/a.env'] }],
    ['cook_args="--env-file /b.env"', 2, { envFiles: ['/a.env'] }],
    ['cook_env="SMTPPORT=587"', 0, { environment: { SMTPPORT: '587' } }],
    ['cook_env="XSMTPPORT=587"', 2, { environment: { SMTPPORT: '587' } }],
    ['cook_env="SMTPPORT=587"', 2, { argv: ['--smtp-port=587'] }],
  ] as const) {
    t.equal(warned(t, given as Given, rc(line)).length, count, line)
  }
})

t.test('the command has every variable but no secret', async t => {
  const name = `Ma'trix $(id) \`x\` \\ "q" <a@b.org>`
  const argv = [
    '--smtp-port=587',
    '--smtp-pass=new pass',
    `--smtp-from=${name}`,
  ]
  const got = warned(t, { argv })
  t.equal(got.length, 4)
  for (const each of got) {
    t.notMatch(each, /pot's pass|new pass|unknown key/)
  }
  t.equal(argumentsOf(got).code, 2, 'sh stops without the secrets')
  const secrets = { SMTPPASS: 'new pass', GOSSIPKEY: 'unknown key' }
  t.same(argumentsOf(got, secrets).words, [
    'set-env',
    '-p',
    'matrix',
    '-E',
    'DOMAIN=example.com',
    '-E',
    'SMTPPORT=587',
    '-E',
    'SMTPPASS=new pass',
    '-E',
    'GOSSIPKEY=unknown key',
    '-E',
    `SMTPFROM=${name}`,
  ])
})

t.test('a secret file replaces the secret itself in the command', async t => {
  const secrets = { GOSSIPKEY: 'k', SMTPPASS: 'p' }
  const files = { '/s': 'another' }
  const byFile = warned(t, { argv: ['--smtp-pass-file=/s'] }, files)
  const words = argumentsOf(byFile, secrets).words
  t.ok(words.includes('SMTPPASS_FILE=/s'))
  t.notOk(words.some(each => each.startsWith('SMTPPASS=')))
  const own = pot.replace("SMTPPASS=pot's pass", 'SMTPPASS_FILE=/s')
  const plain = warned(
    t,
    { argv: ['--smtp-pass=p'] },
    { ...files, [paths.potEnvironment]: own },
  )
  const next = argumentsOf(plain, secrets).words
  t.ok(next.includes('SMTPPASS=p'))
  t.notOk(next.some(each => each.startsWith('SMTPPASS_FILE=')))
})

t.test('a parameter that a flag removes is left out', async t => {
  const got = warned(t, { argv: ['--smtp-port=', '--smtp-pass-file='] })
  t.same(got.slice(0, -1), [
    `warning: SMTPPORT (flag): ${rest} has "25"`,
    `warning: SMTPPASS (flag): ${rest} has another value`,
  ])
  t.same(argumentsOf(got, { GOSSIPKEY: 'k' }).words, [
    'set-env',
    '-p',
    'matrix',
    '-E',
    'DOMAIN=example.com',
    '-E',
    'GOSSIPKEY=k',
  ])
  const own = pot.replace("SMTPPASS=pot's pass", 'SMTPPASS_FILE=/s')
  const byFile = warned(
    t,
    { argv: ['--smtp-pass='] },
    { [paths.potEnvironment]: own, '/s': 'x' },
  )
  t.match(byFile.at(-1), 'pot set-env')
  t.notMatch(byFile.at(-1), 'SMTPPASS')
  for (const none of ['--max-upload=', '--ip=', '--admin-pass=']) {
    t.same(warned(t, { argv: [none] }), [], `pot gives none: ${none}`)
  }
  const rc = { [paths.rcConf]: 'cook_args="--smtp-port="\n' }
  t.same(warned(t, { argv: ['--smtp-port='] }, rc), [])
})
