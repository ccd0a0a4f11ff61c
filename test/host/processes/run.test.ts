import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import {
  commander,
  type CommandResult,
} from '../../../lib/host/processes/run.ts'
import { refusal, rejection } from '../../small/refusal.ts'

const path = '/sbin:/bin:/usr/sbin:/usr/bin'
const { run, runNow } = commander(path)

const sh = (script: string, limit?: number): Promise<CommandResult> =>
  run('sh', ['-c', script], limit)

/** Whether a process exists and is not a zombie. */
const lives = (pid: string): boolean =>
  /^[^Z]/.test(String(spawnSync('ps', ['-o', 'stat=', '-p', pid]).stdout))

/** Waits for something that the system does later. */
const becomes = async (what: () => boolean): Promise<boolean> => {
  for (let i = 0; i < 1200 && !what(); i++) {
    await sleep(50)
  }
  return what()
}

const end = (pid: string): void => void process.kill(Number(pid), 'SIGKILL')

t.test('run returns the output and the exit code', async t => {
  t.same(await sh('echo out; echo err >&2; exit 3'), {
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
    late: false,
  })
  t.match(await sh('exit 0'), { code: 0, stdout: '', stderr: '' })
})

t.test('a program that a signal ended has no exit code', async t => {
  t.match(await sh('kill -TERM $$'), { code: undefined, late: false })
})

t.test('a program gets no environment and no input', async t => {
  process.env['COOK_TEST'] = 's3cr3t'
  const { stdout } = await run('env', ['-0'])
  // tap adds variables to every program that a test starts.
  const own = /^(_TAPJS_|NODE_OPTIONS=|$)/
  const given = stdout.split('\0').filter(each => !own.test(each))
  t.same(given.toSorted(), ['HOME=/', `PATH=${path}`, 'SHELL=/bin/sh'])
  t.equal((await run('pwd', [])).stdout, '/\n')
  t.equal((await run('cat', [])).stdout, '')
})

t.test('programs are looked up in the given PATH', async t => {
  const dir = t.testdir({})
  spawnSync('sh', ['-c', `echo 'echo mine' >'${dir}/x'; chmod +x '${dir}/x'`])
  const other = commander(`${dir}:${path}`)
  t.equal((await other.run('x', [])).stdout, 'mine\n')
  t.match(await rejection(run('x', [])), {
    exit: exit.unavailable,
    message: /^x: /,
  })
  t.match(await rejection(run('x', [], 1)), { exit: exit.unavailable })
})

t.test('arguments are not parsed by a shell', async t => {
  const odd = ['a b', '$(id)', '"', "'", '', '*', '--', 'ü']
  t.equal(
    (await run('printf', ['%s\n', ...odd])).stdout,
    odd.map(each => `${each}\n`).join(''),
  )
})

t.test('a character may arrive in two pieces', async t => {
  // 🔑 is f0 9f 94 91, ü is c3 bc.
  const split =
    String.raw`printf '\360\237'; sleep 0.1; printf '\224\221\303'` +
    String.raw`; sleep 0.1; printf '\274'`
  const { stdout, stderr } = await sh(`${split}; (${split}) >&2`)
  t.same([stdout, stderr], ['🔑ü', '🔑ü'])
})

t.test('of long output only the end is kept', async t => {
  const { stdout: all } = await sh('yes 012345678 | head -n 50000')
  t.equal(all, '012345678\n'.repeat(50_000))
  const { stdout } = await sh('yes 012345678 | head -n 5000000; echo end')
  t.ok(stdout.length < 1024 * 1024)
  t.match(stdout, /012345678\nend\n$/)
})

t.test('a program can run until the limit', async t => {
  t.match(await sh('sleep 0.3; exit 4', 30), { code: 4, late: false })
})

t.test('without pkill(1) at least the program itself ends', async t => {
  const alone = commander('/nowhere')
  const script = `PATH=${path}; echo $$; exec sleep 600`
  const result = await alone.run('/bin/sh', ['-c', script], 0.3)
  t.match(result, { code: undefined, late: true })
  t.notOk(lives(result.stdout.trim()))
})

t.test('a process that starts at that moment is killed too', async t => {
  const dir = t.testdir({})
  const [now, late] = [join(dir, 'now'), join(dir, 'late')]
  // A process starts another one after pkill(1) has listed them.
  const pkill = `#!/bin/sh
PATH=${path}
[ ! -s '${late}' ] || exec pkill "$@"
seen=$(pgrep -s "$3")
touch '${now}'
while [ ! -s '${late}' ]; do sleep 0.01; done
kill -KILL $seen
`
  writeFileSync(join(dir, 'pkill'), pkill, { mode: 0o755 })
  const script = `while [ ! -e '${now}' ]; do sleep 0.01; done
sleep 600 & echo $! >'${late}'
wait`
  await commander(`${dir}:${path}`).run('sh', ['-c', script], 0.3)
  const pid = readFileSync(late, 'utf8').trim()
  t.ok(await becomes(() => !lives(pid)), `${pid} has ended`)
  lives(pid) && end(pid)
})

const runtimes = {
  node: process.execPath,
  bun: fileURLToPath(
    new URL('../../../node_modules/.bin/bun', import.meta.url),
  ),
}

for (const [name, runtime] of Object.entries(runtimes)) {
  const skip = existsSync(runtime) ? false : `no ${runtime}`
  const tried = (seconds: number, script: string) => {
    const file = fileURLToPath(
      new URL('../../support/try-limit.ts', import.meta.url),
    )
    const args = [file, `${seconds}`, 'sh', '-c', script]
    const { stdout, stderr } = spawnSync(runtime, args, { encoding: 'utf8' })
    return stdout === ''
      ? { stderr, took: NaN }
      : (JSON.parse(stdout) as CommandResult & { took: number })
  }

  t.test(
    `past the limit all that was started ends (${name})`,
    { skip },
    async t => {
      const file = join(t.testdir({}), 'pids')
      // As service(8) starts su(1), and su(1) a shell in a new process group;
      // one that ignores all signals but SIGKILL, one in the background.
      const own =
        'import os; os.setpgid(0, 0); os.execlp("sleep", "sleep", "600")'
      const result = tried(
        0.9,
        `echo $$ >'${file}'
        sleep 600 & echo $! >>'${file}'
        python3 -c '${own}' & echo $! >>'${file}'
        (trap '' TERM INT HUP; sleep 600; sleep 600) & echo $! >>'${file}'
        echo before
        sh -c 'echo $$ >>"${file}"; sh -c "sleep 600; true"; true'
        echo after`,
      )
      t.match(result, { late: true, stdout: 'before\n' })
      t.notHas(result, { code: 0 })
      t.ok(result.took > 850, `${result.took} ms`)
      const pids = readFileSync(file, 'utf8').trim().split('\n')
      t.equal(pids.length, 5)
      for (const pid of pids) {
        t.ok(await becomes(() => !lives(pid)), `${pid} has ended`)
      }
    },
  )

  t.test(
    `a daemon outlives the program that started it (${name})`,
    { skip },
    async t => {
      for (const [what, script, least] of [
        ['in the session', 'sleep 600 </dev/null >/dev/null 2>&1 & echo $!', 0],
        ['that keeps the pipes', 'sleep 600 & echo $!', 250],
      ] as const) {
        const result = tried(2, script)
        t.match(result, { code: 0, late: false }, what)
        t.ok(result.took >= least, `${result.took} ms`)
        const pid = 'stdout' in result ? result.stdout.trim() : ''
        // Longer than the limit, if that still counted.
        await sleep(least > 0 ? 2100 - result.took : 0)
        t.ok(lives(pid), 'it lives')
        end(pid)
      }
    },
  )
}

t.test('a program that ends at once is not waited for', async t => {
  // It ends before one whose pipes stay open, which gets a moment more.
  let firsts = 0
  for (const _ of [1, 2, 3, 4, 5]) {
    let isFirst = true
    await Promise.all([
      sh('sleep 600 & echo $!', 30).then(({ stdout }) => {
        isFirst = false
        end(stdout.trim())
      }),
      sh('sleep 600 </dev/null >/dev/null 2>&1 & kill -9 $!', 30).then(() => {
        firsts += Number(isFirst)
      }),
    ])
  }
  t.ok(firsts >= 4, `${firsts} of 5`)
})

t.test('runNow runs a short program', async t => {
  const dir = t.testdir({})
  runNow('touch', [join(dir, 'x')])
  t.ok(existsSync(join(dir, 'x')))
  t.match(
    refusal(() => runNow('false', [])),
    {
      exit: exit.cantCreate,
      message: 'false: exit 1',
    },
  )
  t.match(
    refusal(() => runNow('no-such-program', [])),
    {
      exit: exit.cantCreate,
      message: 'no-such-program: no such file or directory',
    },
  )
})

t.test('runNow does not care how much a program prints', async t => {
  const dir = t.testdir({})
  const script = 'head -c 9000000 /dev/zero; head -c 9000000 /dev/zero >&2'
  runNow('sh', ['-c', `${script}; touch '${dir}/done'`])
  t.ok(existsSync(join(dir, 'done')))
})
