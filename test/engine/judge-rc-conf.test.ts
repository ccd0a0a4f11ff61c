import { mkdirSync, rmSync } from 'node:fs'
import t, { type Test } from 'tap'
import { newReport, renderFault } from '../../lib/contract/report.ts'
import { hostAt } from '../../lib/host/host.ts'
import { judgeRcConf } from '../../lib/engine/judge-rc-conf.ts'
import { at, hostIn, machine } from '../small/host-in.ts'

const path = '/etc/rc.conf'

const told = async (t: Test, text: string, programs = machine.path) => {
  const { root } = hostIn(t, { [path]: text })
  const report = newReport()
  await judgeRcConf(hostAt(root, { ...machine, path: programs }), report)
  return report.faults.map(renderFault)
}

t.test('an rc.conf that sh cannot read is an error', async t => {
  for (const line of [
    'v="a"b$c\\d"',
    "x='",
    'x="a',
    'x="a`b"',
    'x="$(a"',
    'fi;',
  ]) {
    const [error, ...rest] = await told(t, `a="1"\n${line}\nb="2"\n`)
    t.match(
      error,
      /^error: \/etc\/rc\.conf: sh\(1\) cannot read it, so rc\(8\) starts no service: correct it \((line \d: )?\w+.*\)$/,
      line,
    )
    t.notMatch(error, t.testdirName, 'the path is that in the jail')
    t.same(rest, [])
  }
})

t.test('one that sh can read is none, and nothing of it runs', async t => {
  const { root } = hostIn(t, { [path]: '' })
  const mark = `${root}/ran`
  for (const text of [
    '',
    'x="a"  # it\'s\n',
    `x="$(touch ${mark})"\n`,
    `if true; then touch ${mark}; fi\n`,
  ]) {
    t.same(await told(t, text), [], text)
  }
  t.equal(hostAt(root, machine).look('/ran'), undefined)
})

t.test('for a plain one no program starts', async t => {
  t.same(await told(t, 'x="a b"\ny=\'"\'  # z\n', '/none'), [])
  await t.rejects(told(t, 'x="a`b"\n', '/none'))
})

t.test('what is no name of a variable is a warning', async t => {
  t.match(await told(t, 'a-b="1"\nx="1"\n'), [
    /^warning: \/etc\/rc\.conf: a-b is not the name of a variable, so sh\(1\) runs .*: remove the line$/,
  ])
})

t.test('no rc.conf is none, and what is no text is an error', async t => {
  const host = hostIn(t, { [path]: Buffer.from([0xff]) })
  const faults = async () => {
    const report = newReport()
    await judgeRcConf(host, report)
    return report.faults.map(renderFault)
  }
  t.same(await faults(), [`error: ${path}: is not UTF-8 text`])
  rmSync(at(host, path))
  t.same(await faults(), [])
  mkdirSync(at(host, path))
  t.same(await faults(), [`error: ${path}: is a directory, not a file`])
})
