// The results of runs: exit codes, and the output in each form.

import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { exit, Failure } from '../../lib/contract/failure.ts'
import { hostAt } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import { cook, objects, result } from '../small/cooking.ts'
import { differences, picture } from '../e2e/setting.ts'
import { required } from '../small/given.ts'
import { full, hostIn, machine } from '../small/host-in.ts'
import { lockText } from '../support/lock-text.ts'

const plain = { ...required, NOSSL: 'yes' }
const jail = (t: Test, files = {}): string =>
  hostIn(t, { '/etc/rc.conf': '', ...files }).root

t.test('0: done, and nothing to do', async t => {
  const root = jail(t)
  const first = await cook(['--root', root], { environment: plain })
  t.equal(first.code, 0, first.said)
  const before = picture(root)
  const second = await cook(['apply', '--root', root], { environment: plain })
  t.equal(second.code, 0)
  t.match(second.out, /nothing to do: everything is as it should be\n$/)
  t.same(differences(before, picture(root)), [])
})

t.test('2: plan finds changes and makes none', async t => {
  const root = jail(t)
  const before = picture(root)
  const { code, out } = await cook(['plan', '--root', root])
  t.equal(code, 2)
  t.match(out, /^file \/usr\/local\/etc\/.*\/homeserver\.yaml is missing$/m)
  t.same(differences(before, picture(root)), [])

  await cook(['--root', root])
  const after = picture(root)
  const { code: none, out: said } = await cook(['plan', '--root', root])
  t.equal(none, 0)
  t.equal(said, 'nothing to do: everything is as it should be\n')
  t.same(differences(after, picture(root)), [])
})

t.test('64: the command line is wrong', async t => {
  for (const [argv, told] of [
    [['aply'], 'unknown command aply: did you mean apply?'],
    [['--smtp-prot=1'], 'unknown flag --smtp-prot: did you mean --smtp-port?'],
    [
      ['--root', '/no/such/folder'],
      '--root /no/such/folder: no such directory',
    ],
    [['--root', '/etc/passwd'], '--root /etc/passwd: no such directory'],
    [['--block', '--root', '/'], '--block and --root cannot be used together'],
    [
      ['--block', '--no-start'],
      '--block and --no-start cannot be used together',
    ],
    [['--root'], '--root needs a value'],
    [['--wait', 'long'], '--wait: "long" is not a number of seconds'],
    [['--wait=-1'], '--wait: "-1" is not a number of seconds'],
    [['plan', '--wait=1'], '--wait is an option of cook apply, not of plan'],
  ] as const) {
    const { code, out, err } = await cook(argv)
    t.equal(code, 64)
    t.equal(out, '')
    t.match(err, `error: ${told}`)
  }
})

t.test('70: a defect of cook is reported as one', async t => {
  const host = { ...hostIn(t, { '/etc/rc.conf': '' }), live: false }
  for (const defect of [
    new TypeError('x is not a function'),
    new Failure(exit.software, 'x is not', { details: ['  for a reason'] }),
  ]) {
    const ended = () => {
      throw defect
    }
    const { code, err } = await cook(['--block'], { host, world: { ended } })
    t.equal(code, 70)
    t.match(err, /^error: a defect in cook, please report it: x is not/)
    t.equal(err.includes('for a reason'), defect instanceof Failure)
    t.match(err, /^ {6}at /m)
  }
})

t.test('70: an error in a callback is reported as a defect', async t => {
  const root = jail(t)
  const crashed = () => Promise.reject(new TypeError('x is not a function'))
  // The run goes on in this process: one that writes nothing.
  const argv = ['plan', '--json', '--root', root]
  const done = await cook(argv, { world: { crashed } })
  t.equal(done.code, 70)
  const said = objects(done)
  t.match(
    said.find(({ level }) => level === 'error')?.['message'],
    /^a defect in cook/,
  )
  t.match(
    said.filter(each => 'result' in each),
    [{ result: 'failed', exit: 70 }],
  )
})

t.test('73: if a file cannot be written nothing is changed', async t => {
  const root = jail(t)
  const host = full(hostAt(root, machine), paths.homeserver)
  const { code, err } = await cook(['--root', root], {
    environment: plain,
    host,
  })
  t.equal(code, 73)
  const told = `error: ${paths.homeserver}: no space left: nothing was changed\n`
  t.match(err, told)
  t.same(
    Object.keys(picture(root)).filter(path => !/^(etc|var)/.test(path)),
    [],
  )
})

t.test('75: another cook is at work', async t => {
  const root = jail(t, { '/var/run/x': '' })
  symlinkSync(lockText(process.ppid), join(root, '/var/run/cook.lock'))
  const before = picture(root)
  const { code, err } = await cook(['--root', root])
  t.equal(code, 75)
  t.match(err, /^error: another cook is running \(pid \d+, .*cook\.lock\)\n$/)
  t.same(differences(before, picture(root)), [])
})

t.test('with --wait cook waits for another cook', async t => {
  const root = jail(t, { '/var/run/x': '' })
  const path = join(root, '/var/run/cook.lock')
  symlinkSync(lockText(process.ppid), path)
  const { code } = await cook(['--root', root, '--wait=0'])
  t.equal(code, 75)
  const waiting = cook(['--root', root, '--wait', '600'])
  await sleep(200)
  t.notOk(existsSync(join(root, paths.record)))
  rmSync(path)
  const waited = await waiting
  t.equal(waited.code, 0, waited.said)
  t.ok(existsSync(join(root, paths.record)))
})

t.test('77: the live system requires root', async t => {
  const world = { machine: { ...machine, euid: 1001 } }
  // With errors in the parameters, so that even a broken cook does nothing.
  const environment = {}
  for (const argv of [[], ['apply'], ['plan'], ['--root', '/']]) {
    const { code, err } = await cook(argv, { world, environment })
    t.equal(code, 77)
    t.match(err, /^error: cook (apply|plan) must run as root\n$/)
  }
  const args = ['check', '--root', jail(t)]
  t.equal((await cook(args, { world })).code, 0)
})

t.test('78: a parameter is wrong', async t => {
  const root = jail(t)
  for (const command of ['apply', 'plan', 'check']) {
    const environment = { ...required, SMTPPORT: '58x7' }
    const { code, err } = await cook([command, '--root', root], { environment })
    t.equal(code, 78)
    const line = 'SMTPPORT (environment): "58x7" is not a port (1-65535)'
    t.match(err, `error: ${line}\n`)
  }
})

t.test('check validates the parameters and nothing else', async t => {
  const root = jail(t, { '/mnt/matrixdata/keys/form': '' })
  const { code, said } = await cook(['check', '--root', root])
  t.equal(code, 0)
  t.equal(said, 'the parameters are valid\n')
})

t.test('--json prints only objects, the result last', async t => {
  const root = jail(t)
  const wrong = { ...required, IP: 'x' }
  const here = ['--root', root]
  for (const [argv, code, environment, keys] of [
    [['--help'], 0, plain, ['result', 'help', 'exit']],
    [['--version'], 0, plain, ['result', 'version', 'build', 'exit']],
    [['--help', '--root', '/nowhere'], 0, plain, ['result', 'help', 'exit']],
    [['params'], 0, plain, ['result', 'parameters', 'exit']],
    [['check', ...here], 0, plain, ['result', 'faults', 'exit']],
    [['plan', ...here], 2, plain, ['result', 'faults', 'changes', 'exit']],
    [['plan', ...here], 78, wrong, ['result', 'faults', 'exit']],
    [['check', ...here], 78, wrong, ['result', 'faults', 'exit']],
    [['apply', ...here], 78, wrong, ['result', 'faults', 'exit']],
    [['apply', ...here], 0, plain, ['result', 'faults', 'changes', 'exit']],
    [['apply', ...here], 0, plain, ['result', 'faults', 'changes', 'exit']],
    [['plan', ...here], 0, plain, ['result', 'faults', 'changes', 'exit']],
    [['--frob'], 64, plain, ['result', 'exit']],
    [['--root', '/nowhere'], 64, plain, ['result', 'exit']],
  ] as const) {
    for (const quiet of [[], ['--quiet']]) {
      const args = [...argv, '--json', ...quiet]
      const cooked = await cook(args, { environment })
      const name = args.join(' ')
      t.equal(cooked.code, code, name)
      t.equal(cooked.err, '', name)
      const last = result(cooked)
      t.same(Object.keys(last), keys, name)
      t.equal(last['exit'], code, name)
      t.equal(last['result'], code < 3 ? 'ok' : 'failed', name)
      const lines = objects(cooked).slice(0, -1)
      t.same(
        lines.filter(line => !('level' in line)),
        [],
        name,
      )
      if (quiet.length > 0) {
        t.same(
          lines.filter(line => line['level'] === 'info'),
          [],
          name,
        )
      }
      if (code === 64 || code === 78) {
        t.ok(
          lines.some(line => line['level'] === 'error'),
          name,
        )
      }
    }
  }
})

t.test('--json as the value of a flag is not the option --json', async t => {
  const argv = ['check', '--root', jail(t), '--smtp-from', '--json']
  const { out, code } = await cook(argv)
  t.equal(code, 78)
  t.equal(out, 'nothing was changed\n')
})

t.test('the result lists what was changed', async t => {
  const root = jail(t)
  const cooked = await cook(['--json', '--root', root])
  const { changes } = result(cooked) as { changes: string[] }
  t.ok(changes.includes('rcvar synapse_enable is not YES'))
  t.match(readFileSync(join(root, '/etc/rc.conf'), 'utf8'), 'synapse_enable')
  t.same(result(await cook(['--json', '--root', root]))['changes'], [])
})

t.test('--quiet prints nothing if there is no error', async t => {
  const root = jail(t, { '/etc/passwd': 'synapse:*:1:1\n' })
  const versions = '/usr/local/lib/python3.11/site-packages'
  const found = { [`${versions}/matrix_synapse-1.160.0.dist-info/x`]: '' }
  const quiet = ['--quiet', '--root', root]
  for (const argv of [['apply'], ['apply'], ['plan'], ['check']]) {
    const { code, out, err } = await cook([...argv, ...quiet])
    t.equal(code, 0)
    t.equal(out, '')
    t.match(err, /^(warning: .*\n)*$/)
  }
  const host = hostIn(t, { ...found, '/etc/passwd': 'synapse:*:1:1\n' })
  // Another test has the warning about not being root.
  const world = { machine: { ...machine, euid: 0 } }
  const argv = ['plan', '--quiet', '--root', host.root]
  t.equal((await cook(argv, { world })).said, '')
  const { out } = await cook(['--quiet', '--version'])
  t.equal(out, 'cook 1.2.3 (abc, node 26)\n', 'what was asked for is printed')
})
