import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { apply } from '../../lib/engine/apply.ts'
import { driftLine } from '../../lib/engine/drifts.ts'
import { exit, Failure } from '../../lib/contract/failure.ts'
import { failure as failureOf } from '../../lib/host/failure.ts'
import type { Host } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import type { Plan } from '../../lib/engine/plan.ts'
import { healthFault } from '../../lib/net/answer.ts'
import type { PortProbe } from '../../lib/net/probe.ts'
import { readRecord } from '../../lib/engine/record/record.ts'
import { free, listening, ok } from '../support/listening.ts'
import { peerAt } from '../small/peer.ts'
import { alive, healthAt, write } from '../small/service-step.ts'
import { calls, smallJail } from '../small/small-jail.ts'
import {
  configuration,
  contextIn,
  smallPlan,
  telling,
} from '../small/small-plan.ts'
import type { ServiceStep } from '../../lib/engine/steps/step.ts'
import { until } from '../support/until.ts'

t.jobs = 4

const applied = async (host: Host, plan: Plan, ending?: AbortSignal) => {
  const { log, told } = telling()
  const result = await apply(plan, contextIn(host, log, true, ending)).then(
    drifts => ({ lines: drifts.map(driftLine), failure: undefined }),
    error => {
      if (error instanceof Failure) {
        return { lines: [], failure: error }
      }
      throw error
    },
  )
  return { ...result, told: told() }
}

const live = ({ root }: Host): string =>
  readFileSync(join(root, paths.homeserver), 'utf8')

const pid = ({ root }: Host): number =>
  Number(readFileSync(join(root, paths.pidFile), 'utf8'))

/** Temporary files that were left. */
const remains = ({ root }: Host): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.cook'),
  )

/** A jail in which the service runs after an earlier run. */
const running = async (t: Test, probe: PortProbe, mode?: string) => {
  const host = smallJail(t)
  const plan = smallPlan(probe, mode === undefined ? {} : { mode })
  const { failure, told } = await applied(host, plan)
  t.equal(failure, undefined, told)
  return host
}

t.test('a first start ends when the service is healthy', async t => {
  const probe = await free()
  const host = smallJail(t)
  const { lines, told } = await applied(host, smallPlan(probe))
  t.same(lines.slice(-2), [
    'service synapse is not running',
    `file ${paths.record} is missing`,
  ])
  const url = `http://127.0.0.1:${probe.port}`
  t.match(told, new RegExp(`synapse is healthy after \\d\\.\\d s: ${url}\n`))
  t.equal(await healthFault(peerAt(probe)), undefined)
  t.same(calls(host), ['synapse start'])
  t.same(remains(host), [])
})

t.test('a second run starts nothing', async t => {
  const probe = await free()
  const host = await running(t, probe)
  const { lines, told } = await applied(host, smallPlan(probe))
  t.same(lines, [])
  t.match(told, `synapse is healthy: http://127.0.0.1:${probe.port}\n`)
  t.same(calls(host), ['synapse start'])
})

t.test('a changed file restarts it', async t => {
  const host = await running(t, await free())
  const old = pid(host)
  const probe = await free()
  const { failure } = await applied(host, smallPlan(probe))
  t.equal(failure, undefined)
  t.not(pid(host), old)
  t.notOk(alive(old))
  t.same(calls(host).slice(1), ['synapse onestop', 'synapse start'])
  t.same(readRecord(host)?.services?.['synapse']?.checks, [healthAt(probe)])
  t.same(remains(host), [])
})

/** The same plan, whose service knows why it fails. */
const diagnosing = (
  plan: Plan,
  diagnose: NonNullable<ServiceStep['diagnose']>,
): Plan => ({
  ...plan,
  services: plan.services.map(step => ({ ...step, diagnose })),
})

t.test('what the service repairs is worth a second start', async t => {
  const probe = await free()
  const host = smallJail(t)
  const refusal = join(host.root, '/programs/fail')
  write(host, '/programs/fail', 'OSError: the disk says so')
  const asked: unknown[] = []
  const plan = diagnosing(smallPlan(probe), async (_, lines, mayRepair) => {
    asked.push(mayRepair)
    t.match(lines.join('\n'), 'OSError: the disk says so')
    rmSync(refusal)
    return { message: 'the disk: mended', isCertain: true, isRepaired: true }
  })
  const { failure, told } = await applied(host, plan)
  t.equal(failure, undefined, told)
  t.match(told, 'synapse has died: OSError: the disk says so; the disk: mended')
  t.same(asked, [true])
  t.same(calls(host), ['synapse start', 'synapse start'])
})

t.test('what stays broken is not repaired for ever', async t => {
  const host = smallJail(t)
  write(host, '/programs/fail', 'OSError: the disk says so')
  const asked: unknown[] = []
  const plan = diagnosing(
    smallPlan(await free()),
    async (_host, _lines, mayRepair) => {
      asked.push(mayRepair)
      return mayRepair
        ? { message: 'the disk: mended', isCertain: true, isRepaired: true }
        : { message: 'the disk: broken', isCertain: true }
    },
  )
  const { failure } = await applied(host, plan)
  t.equal(
    failure?.message,
    'synapse has died: OSError: the disk says so; the disk: broken',
  )
  t.same(asked, [true, false])
  t.same(calls(host), ['synapse start', 'synapse start'])
})

t.test('previous files are not restored if they could not help', async t => {
  for (const [isCertain, words] of [
    [true, /the disk: broken$/],
    [false, /the disk: broken; the previous files were restored/],
  ] as const) {
    const probe = await free()
    const host = await running(t, probe)
    const plan = diagnosing(smallPlan(probe, { mode: 'die' }), async () => ({
      message: 'the disk: broken',
      isCertain,
    }))
    const { failure } = await applied(host, plan)
    t.match(failure?.message, words)
    t.equal(live(host), configuration(probe, isCertain ? 'die' : 'healthy'))
  }
})

t.test('after a first start that fails, its files stay', async t => {
  const probe = await free()
  const host = smallJail(t)
  const plan = smallPlan(probe, { mode: 'die' })
  const { failure } = await applied(host, plan)
  t.match(failure, {
    exit: 69,
    message: 'synapse has died: OSError: the configuration says so',
    details: ['Starting synapse.', 'OSError: the configuration says so'],
  })
  t.equal(live(host), configuration(probe, 'die'))
  t.ok(readRecord(host))
  t.same(remains(host), [])
  t.equal((await applied(host, smallPlan(probe))).failure, undefined)
})

t.test('files with which it dies are rolled back', async t => {
  const before = await free()
  const host = await running(t, before)
  const record = readRecord(host)
  const plan = smallPlan(await free(), { mode: 'die' })
  const { failure, told } = await applied(host, plan)
  t.match(failure, {
    exit: 69,
    message:
      'synapse has died: OSError: the configuration says so; the previous ' +
      'files were restored, and it is healthy with them',
  })
  t.match(told, 'synapse is not healthy: restoring the previous files')
  t.equal(live(host), configuration(before))
  t.equal(await healthFault(peerAt(before)), undefined, 'where it was before')
  t.same(readRecord(host), record)
  t.same(remains(host), [])
})

t.test('a failure with the restored files too is reported', async t => {
  const probe = await free()
  const host = await running(t, probe)
  write(host, paths.homeserver, configuration(probe, 'die'))
  const plan = smallPlan(await free(), { mode: 'busy', timeout: 3 })
  const { failure } = await applied(host, plan)
  t.equal(failure?.exit, 69)
  t.match(failure?.message, /answers 503\); the previous files were restored/)
  t.match(failure?.message, /either \(synapse has died: OSError/)
  t.equal(live(host), configuration(probe, 'die'))
  t.same(remains(host), [])
})

t.test('a service that does not stop keeps its files', async t => {
  const before = await free()
  const host = await running(t, before, 'stubborn')
  const { failure } = await applied(host, smallPlan(await free()))
  t.match(failure, {
    exit: 69,
    message:
      'synapse does not stop; the previous files were restored, and it is ' +
      'healthy with them',
    details: ['Waiting for PIDS'],
  })
  t.equal(live(host), configuration(before, 'stubborn'))
  t.notMatch(calls(host).slice(1).join(), 'start')
})

t.test('files that cannot be restored are reported', async t => {
  const host = await running(t, await free())
  const broken: Host = {
    ...host,
    restore: (_, path) => {
      throw new Failure(73, `${path}: input/output error`)
    },
  }
  const plan = smallPlan(await free(), { mode: 'die' })
  const { failure } = await applied(broken, plan)
  t.match(failure, {
    exit: 69,
    message:
      'synapse has died: OSError: the configuration says so; the previous ' +
      `files could not be restored (${paths.homeserver}: input/output error)`,
  })
})

t.test('an unhealthy service without changes is not restarted', async t => {
  const probe = await free()
  const host = smallJail(t)
  const plan = smallPlan(probe, { mode: 'busy', timeout: 1 })
  await applied(host, plan)
  chmodSync(join(host.root, paths.synapseDir), 0o700)
  const { failure } = await applied(host, plan)
  t.match(failure, {
    exit: 69,
    message: /^synapse is not healthy after 1 s \(.*: answers 503\)$/,
  })
  t.equal(host.look(paths.synapseDir)?.mode, 0o755, 'the rest is mended')
  t.same(calls(host), ['synapse start'])
})

t.test('if rc does not start a service, its output is shown', async t => {
  for (const [file, text, told] of [
    ['refuse', "Cannot 'start' synapse. Set synapse_enable", /Cannot 'start'/],
    ['fail', 'failed precmd routine for synapse', /has died: failed precmd/],
  ] as const) {
    const host = smallJail(t, { [`/programs/${file}`]: text })
    const { failure } = await applied(host, smallPlan(await free()))
    t.match(failure, { exit: 69, message: told })
  }
})

t.test('a port that another program uses is named', async t => {
  const probe = await listening(t, ok)
  const { failure } = await applied(smallJail(t), smallPlan(probe))
  t.match(failure, { exit: 69, message: /CannotListenError: .*EADDRINUSE/ })
})

t.test('a signal ends the wait, and nothing is restored', async t => {
  const before = await free()
  const host = await running(t, before)
  const record = readRecord(host)
  const ending = new AbortController()
  const probe = await free()
  const done = applied(
    host,
    smallPlan(probe, { mode: 'silent', timeout: 3600 }),
    ending.signal,
  )
  await until(() => live(host) === configuration(probe, 'silent'))
  await sleep(1000)
  ending.abort()
  const { failure, lines } = await done
  t.equal(failure, undefined)
  t.match(lines.at(-1), /^service synapse/)
  t.equal(live(host), configuration(probe, 'silent'))
  t.same(readRecord(host), record)
  t.same(remains(host), [])
})

t.test('after a signal nothing is started', async t => {
  const host = smallJail(t)
  const { failure } = await applied(
    host,
    smallPlan(await free()),
    AbortSignal.abort(),
  )
  t.equal(failure, undefined)
  t.same(calls(host), [])
  t.equal(readRecord(host), undefined)
  t.same(remains(host), [])
})

t.test('without a process for the start it is not the service', async t => {
  const host = await running(t, await free())
  const before = live(host)
  const error = Object.assign(new Error('spawn'), { code: 'EAGAIN' })
  const poor: Host = {
    ...host,
    run: async (command, args, limit) => {
      if (command === 'service' && args[1] !== 'onestatus') {
        throw failureOf(exit.unavailable, command, error)
      }
      return host.run(command, args, limit)
    },
  }
  const { failure } = await applied(poor, smallPlan(await free()))
  t.equal(failure?.exit, exit.tempFail)
  t.match(failure?.message, 'service: no more processes')
  t.equal(live(host), before)
})
