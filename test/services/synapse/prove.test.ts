import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { exit, Failure } from '../../../lib/contract/failure.ts'
import { failure } from '../../../lib/host/failure.ts'
import { hostAt, type Host } from '../../../lib/host/host.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { prove, refusalIn } from '../../../lib/services/synapse/prove.ts'
import { machine } from '../../small/host-in.ts'
import { write } from '../../small/service-step.ts'
import { rejection } from '../../small/refusal.ts'
import { smallJail } from '../../small/small-jail.ts'

const key = '/mnt/matrixdata/keys/example.com.signing.key'
const config = `${paths.synapseDir}/.homeserver.yaml.0123456789ab.cook`

/** A jail in which this shell script checks the configuration. */
const jail = (t: Test, check: string, script?: string): Host =>
  smallJail(t, {
    '/programs/check': check,
    [key]: 'ed25519 a_x seed\n',
    ...(script === undefined ? {} : { [paths.synapseScript]: script }),
  })

const traceback = `Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "/usr/local/lib/python3.11/site-packages/x.py", line 1, in <module>
`

type Output = readonly [text: string, refusal: string | undefined]

/** What a check prints, and what of it is the refusal. */
const outputs: readonly Output[] = [
  ['', undefined],
  ['\n \n', undefined],
  ['\nemail: notif_from is missing\n', 'email: notif_from is missing'],
  [
    'Error in configuration at email:\n  is no mapping\n',
    'Error in configuration at email:',
  ],
  [
    `${traceback}yaml.scanner.ScannerError: mapping\n  in "x", line 3\n`,
    'yaml.scanner.ScannerError: mapping',
  ],
  [
    `${traceback}synapse.config._base.ConfigError: no such module\n`,
    'synapse.config._base.ConfigError: no such module',
  ],
  [
    `${traceback}synapse.util.x.DependencyException: redis\n`,
    'synapse.util.x.DependencyException: redis',
  ],
  [`${traceback}ImportError: cannot import name (circular)\n`, undefined],
  [`${traceback}PermissionError: [Errno 13] denied\n`, undefined],
  ['su: unknown login: synapse\n', undefined],
  ['sh: 1: exec: /usr/local/bin/python3.11: not found\n', undefined],
  ['/usr/local/bin/python3.11: No module named synapse\n', undefined],
]

t.test('a refusal is distinguished from a check that failed', async t => {
  for (const [text, refusal] of outputs) {
    t.equal(
      refusalIn(text)?.find(line => line === refusal),
      refusal,
      text,
    )
    t.equal(refusalIn(text) === undefined, refusal === undefined, text)
  }
  const long = traceback.repeat(9)
  t.equal(refusalIn(`${long}yaml.error.YAMLError: x\n`)?.length, 5)
})

t.test('a configuration that Synapse refuses stops the run', async t => {
  const host = jail(t, 'echo "email: notif_from is missing" >&2; exit 1')
  const failure = await prove(host, config, key).catch(error => error)
  t.type(failure, Failure)
  t.match(failure, {
    exit: exit.config,
    message: 'Synapse refuses this configuration; nothing was changed',
    details: ['email: notif_from is missing'],
  })
})

t.test('Synapse checks as its own user, with its own Python', async t => {
  for (const command of [
    'command="/usr/local/bin/python3.11"',
    "command='/usr/local/bin/python3.11'",
    'command=/usr/local/bin/python3.11  # the port says so',
    'name=synapse\ncommand="/usr/local/bin/python3.11"\ncommand_args=x',
  ]) {
    const host = jail(t, 'exit 0', `#!/bin/sh\n${command}\n`)
    t.equal(await prove(host, config, key), undefined)
    t.equal(
      readFileSync(join(host.root, '/programs/su-calls'), 'utf8'),
      '-m synapse -c exec /usr/local/bin/python3.11 ' +
        `-m synapse.config -c ${config}\n`,
    )
  }
})

t.test('a check that fails is a warning', async t => {
  const cannot = 'the configuration could not be checked before the start'
  for (const [check, warning] of [
    ['exit 3', `${cannot} (exit 3)`],
    ['exit 1', `${cannot} (exit 1)`],
    ['echo "email: x" >&2; exit 139', `${cannot} (email: x)`],
    ['echo "su: Sorry" >&2; exit 1', `${cannot} (su: Sorry)`],
    ['echo "ImportError: x" >&2; echo Traceback >&2; exit 1', /Traceback\)$/],
  ] as const) {
    t.match(await prove(jail(t, check), config, key), warning)
  }
  const without = hostAt(jail(t, '').root, { ...machine, path: '/nowhere' })
  t.match(await prove(without, config, key), `${cannot} (su: no such file`)
})

t.test('a check that hangs is ended, whatever it printed', async t => {
  const host = jail(t, 'echo "email: x" >&2; exec sleep 3600')
  t.equal(
    await prove(host, config, key, 1),
    'the configuration could not be checked before the start ' +
      '(no answer in 1 s)',
  )
})

t.test('without a Python or a signing key no check is run', async t => {
  const never = 'echo "asked" >&2; exit 1'
  const script = '#!/bin/sh\ncommand="/usr/sbin/synapse"\n'
  t.equal(
    await prove(jail(t, never, script), config, key),
    `${paths.synapseScript} does not name a Python: the configuration was not checked`,
  )
  const host = jail(t, never)
  t.equal(await prove(host, config, `${key}.other`), undefined)
})

t.test('no shell runs text from the rc script', async t => {
  const host = jail(t, 'exit 0', 'command="/bin/python3; touch /tmp/x"\n')
  write(host, '/tmp/.keep', '')
  await prove(host, config, key)
  t.notMatch(
    readFileSync(join(host.root, '/programs/su-calls'), 'utf8'),
    'touch',
  )
})

t.test('a check for which there is no process stops the run', async t => {
  const host = jail(t, '')
  const error = Object.assign(new Error('spawn'), { code: 'EAGAIN' })
  const poor: Host = {
    ...host,
    run: async command => {
      throw failure(exit.unavailable, command, error)
    },
  }
  const failed = await rejection(prove(poor, config, key))
  t.equal(failed?.exit, exit.tempFail)
  t.match(failed?.message, 'su: no more processes')
})
