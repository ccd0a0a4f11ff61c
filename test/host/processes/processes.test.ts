// Processes of this machine, by proc(5) and by its ps(1).

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  processes,
  procKernel,
  psKernel,
  type Process,
} from '../../../lib/host/processes/processes.ts'
import { machine, whyNotRoot } from '../../small/host-in.ts'
import { until } from '../../support/until.ts'

/** Programs, by name, that are found before those of this machine. */
const pathWith = (t: Test, programs: Record<string, string>): string => {
  const bin = t.testdir()
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  return `${bin}:${machine.path}`
}

const booted = Number(
  readFileSync('/proc/stat', 'utf8').match(/^btime (\d+)$/m)?.[1],
)

/** As sysctl(8) of FreeBSD prints it. */
const boottime = (seconds = booted): string =>
  `echo '{ sec = ${seconds}, usec = 250000 } Mon Nov 30 19:30:49 2026'`

const kernels = (t: Test) => ({
  'proc(5)': procKernel,
  'ps(1)': psKernel(pathWith(t, { sysctl: boottime() })),
})

/** A process, once it has its command; it ends with the test at the latest. */
const started = async (
  t: Test,
  command: string,
  args: readonly string[],
): Promise<ChildProcess & { pid: number }> => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  t.teardown(() => child.kill('SIGKILL'))
  // It may have ended already.
  child.stdin.on('error', () => undefined).write('\n')
  await once(child.stdout, 'data')
  return child as ChildProcess & { pid: number }
}

const shell = (script: string): [string, string[]] => [
  'sh',
  ['-c', `echo; ${script}`],
]

t.test('a process has its uid, its command and its start', async t => {
  const child = await started(t, ...shell('exec sleep  600'))
  await until(() => procKernel.processOf(child.pid)?.command === 'sleep 600')
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  for (const [name, { processOf, processesOf }] of Object.entries(kernels(t))) {
    const found = processOf(child.pid)
    t.match(
      found,
      { pid: child.pid, uid: machine.euid, command: 'sleep 600' },
      name,
    )
    t.ok(found!.start > 0 && found!.start < uptime + 2, `${found!.start}`)
    t.match(
      processesOf(machine.euid).find(({ pid }) => pid === child.pid),
      { uid: machine.euid, command: 'sleep 600' },
      name,
    )
  }
})

t.test('its uid is that which it has now', { skip: whyNotRoot }, async t => {
  const args = ['--euid', '48123', '--', 'cat']
  const child = await started(t, 'setpriv', args)
  for (const [name, { processOf, processesOf }] of Object.entries(kernels(t))) {
    t.equal(processOf(child.pid)?.uid, 48123, name)
    t.same(
      processesOf(48123)
        .map(({ pid }) => pid)
        .filter(pid => pid === child.pid),
      [child.pid],
      name,
    )
    t.notOk(processesOf(machine.euid).some(({ pid }) => pid === child.pid))
  }
})

t.test('no name of a process misleads it', async t => {
  const name = String.raw`) Z 1 (\n0`
  const script = `printf '${name}' >/proc/$$/comm; echo; read x; read x`
  const child = await started(t, 'sh', ['-c', script])
  for (const [kind, { processOf }] of Object.entries(kernels(t))) {
    t.match(processOf(child.pid), { pid: child.pid, uid: machine.euid }, kind)
  }
})

t.test('one that has ended is not there, waited for or not', async t => {
  const gone = await started(t, ...shell('exit'))
  gone.exitCode ?? (await once(gone, 'exit'))
  // Its parent becomes a program that waits for nobody.
  const parent = spawn(
    'sh',
    ['-c', 'cat <&3 >&3 & echo $!; exec sleep 600 3>&-'],
    {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    },
  )
  t.teardown(() => parent.kill('SIGKILL'))
  const [line] = await once(parent.stdout!, 'data')
  await until(() => procKernel.processOf(parent.pid!)?.command === 'sleep 600')
  parent.stdio[3]?.destroy()
  const zombie = Number(line)
  await until(() =>
    /^State:\tZ/m.test(readFileSync(`/proc/${zombie}/status`, 'utf8')),
  )
  for (const [name, { processOf, processesOf }] of Object.entries(kernels(t))) {
    t.equal(processOf(gone.pid), undefined, name)
    t.equal(processOf(zombie), undefined, name)
    t.notOk(
      processesOf(machine.euid).some(({ pid }) => pid === zombie),
      name,
    )
  }
})

t.test('with another start it is another process', async t => {
  const { processOf, stillRuns } = processes(machine.path)
  const child = await started(t, ...shell('exec sleep 600'))
  const { pid, start } = processOf(child.pid)!
  t.ok(stillRuns({ pid, start }))
  t.notOk(stillRuns({ pid, start: start - 1.5 }))
  t.notOk(stillRuns({ pid, start: start + 1.5 }))
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.notOk(stillRuns({ pid, start }))
})

t.test('setting the clock does not change the start', async t => {
  // FreeBSD adds the time of the boot, which follows the clock.
  const at = (hour: number): Process | undefined => {
    const ps = `echo '  7  125 S  Tue Dec  1 0${hour}:30:07 2026 a  b'`
    const boot = Date.parse(`2026-12-01T0${hour}:00:00Z`) / 1000
    const path = pathWith(t, { ps, sysctl: boottime(boot) })
    const found = psKernel(path).processOf(7)
    return found && { ...found }
  }
  const before = at(3)
  t.same(before, { pid: 7, uid: 125, start: 1806.75, command: 'a  b' })
  t.same(at(5), before)
})

t.test('no second program is started for what is not the start', async t => {
  const ps = "echo '7 125 S Tue Dec  1 00:30:07 2026 a'"
  const found = psKernel(pathWith(t, { ps, sysctl: 'exit 1' })).processOf(7)
  t.same([found?.uid, found?.command], [125, 'a'])
})

t.test('without an answer it does not say that there is none', async t => {
  for (const [programs, told] of [
    [{ ps: 'kill -9 $$' }, /^ps: does not end$/],
    [{ ps: boottime(), sysctl: 'exit 1' }, undefined],
    [
      {
        ps: "echo '7 125 S Tue Dec  1 00:30:07 2026 a'",
        sysctl: 'exit 1',
      },
      /^sysctl: there is no kern.boottime$/,
    ],
  ] as const) {
    const { processOf } = psKernel(pathWith(t, programs))
    told === undefined
      ? t.equal(processOf(7), undefined)
      : t.throws(() => processOf(7)?.start, { exit: 69, message: told })
  }
  t.throws(() => psKernel('/nowhere').processOf(7), { message: /^ps: / })
})
