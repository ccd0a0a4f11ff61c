import { resolve } from 'node:path'
import { apply } from '../lib/apply.ts'
import { check } from '../lib/check.ts'
import { parseCommandLine, type CommandLine } from '../lib/command-line.ts'
import { driftLine, drifts } from '../lib/drifts.ts'
import { errorMessage, exit, Failure, type Exit } from '../lib/failure.ts'
import { gather } from '../lib/gather.ts'
import { hostAt, type Host, type Machine } from '../lib/host.ts'
import { judgeInstallation, judgeRights } from '../lib/installed.ts'
import { lock, refuseIfLocked } from '../lib/lock.ts'
import { newLog, type Log, type Streams } from '../lib/log.ts'
import { paths } from '../lib/paths.ts'
import { plan, type Plan } from '../lib/plan.ts'
import { recall } from '../lib/recall.ts'
import { readRecord } from '../lib/record.ts'
import { newReport, type Report } from '../lib/report.ts'
import { stepName } from '../lib/step.ts'
import { renderHelp, renderParams } from '../lib/usage.ts'
import { verify } from '../lib/verify.ts'
import { watch } from '../lib/watch.ts'

/** Everything that a run gets from outside. */
export interface World {
  argv: readonly string[]
  environment: Readonly<Record<string, string | undefined>>
  machine: Machine
  streams: Streams
  now: () => Date
  /** cook's own version. */
  version: string
  /** The commit and the runtime, for --version. */
  build: string
  /** Settles when a signal asks the process to end. */
  ended: () => Promise<void>
}

interface Run extends World {
  line: CommandLine
  host: Host
  log: Log
  /** What the result of --json will say. */
  facts: Record<string, unknown>
}

const tell = ({ log, facts }: Run, report: Report): void => {
  log.faults(report.faults)
  facts['faults'] = report.faults
}

// The faults themselves were told; this is what they mean.
const refuse = ({ log }: Run): Failure => {
  log.item('nothing was changed', {})
  return new Failure(exit.config, '')
}

/** gather and check: the parameters alone. */
const judge = ({ line, host, environment }: Run) => {
  const report = newReport()
  const gathered = gather(host, environment, line.envFiles, line.flags, report)
  return { report, gathered, ...check(gathered, report) }
}

/**
 * gather, check, recall, plan: the road as far as it changes nothing.
 * @throws {Failure} exit 78 when anything is wrong, all of it in the report
 */
const intend = async (
  run: Run,
  heard: (run: Run, report: Report) => void = tell,
): Promise<Plan> => {
  const { host, now, version } = run
  const { report, gathered, right, params } = judge(run)
  readRecord(host)
  judgeRights(host, report)
  judgeInstallation(host, right, report)
  const recalled = await recall(host, right, now(), report)
  heard(run, report)
  if (report.failed() || params === undefined || recalled === undefined) {
    throw refuse(run)
  }
  return plan(version, gathered, params, recalled)
}

const nothingToDo = 'nothing to do: everything is as it should be'

const confirm = async ({ services }: Plan, host: Host): Promise<void> => {
  for (const step of services) {
    const health = await verify(host, step, undefined)
    if (!health.healthy) {
      const details = health.log
      throw new Failure(exit.unavailable, health.cause, { details })
    }
  }
}

const runApply = async (run: Run): Promise<Exit> => {
  const { host, line, log } = run
  const starts = line.start && host.live
  // From the first moment a signal must find somebody who stops the services.
  const ended = line.block ? run.ended() : undefined
  refuseIfLocked(host)
  // A run that changes nothing must write nothing, so it takes no lock. What
  // it finds to do is found again under the lock.
  let wanted = await intend(run)
  const isFirst = readRecord(host) === undefined
  if (isFirst || (await drifts(wanted, host, starts)).length > 0) {
    const unlock = lock(host)
    try {
      wanted = await intend(run, () => undefined)
      const applied = await apply(wanted, host, log, starts)
      run.facts['changes'] = applied.map(driftLine)
    } finally {
      unlock()
    }
  } else {
    await confirm(starts ? wanted : { ...wanted, services: [] }, host)
    run.facts['changes'] = []
    log.info(nothingToDo)
  }
  run.facts['healthy'] = starts ? true : undefined
  if (ended !== undefined) {
    await watch(wanted.services, host, ended)
  }
  return exit.ok
}

const runPlan = async (run: Run): Promise<Exit> => {
  const { host, line, log } = run
  const wanted = await intend(run)
  const found = await drifts(wanted, host, line.start && host.live)
  run.facts['changes'] = found.map(driftLine)
  for (const each of found) {
    const { step, reason } = each
    log.item(driftLine(each), { step: stepName(step), reason })
  }
  if (found.length === 0) {
    log.item(nothingToDo, {})
  }
  return found.length === 0 ? exit.ok : exit.changes
}

const runCheck = async (run: Run): Promise<Exit> => {
  const { report, params } = judge(run)
  tell(run, report)
  if (params === undefined) {
    throw refuse(run)
  }
  run.log.item('the parameters are right', {})
  return exit.ok
}

const runParams = async ({ line, log, facts }: Run): Promise<Exit> => {
  if (line.json) {
    facts['parameters'] = JSON.parse(renderParams('json'))
  } else {
    log.print(renderParams(line.format))
  }
  return exit.ok
}

const commands = {
  apply: runApply,
  plan: runPlan,
  check: runCheck,
  params: runParams,
}

const refuseWithoutRights = ({ line, machine }: Run): void => {
  const needed = line.command === 'apply' || line.command === 'plan'
  if (needed && line.root === undefined && machine.euid !== 0) {
    const message = `cook ${line.command} must run as root`
    throw new Failure(exit.noPermission, message)
  }
}

const openHost = (line: CommandLine, world: World): Host => {
  // Programs that cook starts have another working directory.
  const root = resolve(line.root ?? '/')
  const host = hostAt(root, world.machine)
  if (host.look('/')?.type !== 'dir') {
    throw new Failure(exit.usage, `--root ${root}: no such folder`)
  }
  return host
}

/** What went wrong, told, and the exit code that it means. */
const told = (error: unknown, log: Log, host: Host | undefined): Exit => {
  if (!(error instanceof Failure)) {
    const trace = error instanceof Error ? (error.stack ?? '') : ''
    const message = `a defect in cook, please report it: ${errorMessage(error)}`
    log.error(message, trace.split('\n').slice(1))
    return exit.software
  }
  if (error.exit === exit.unavailable && host?.live) {
    log.keep(lines => host.append(paths.cookLog, lines))
  }
  if (error.message !== '') {
    log.error(error.message, error.details)
  }
  return error.exit
}

/** Runs cook once. @returns the exit code; nothing is thrown */
export const run = async (world: World): Promise<Exit> => {
  const { argv, streams, now } = world
  // Whether --json is meant must be known even if the rest is not understood.
  const options = { json: argv.includes('--json'), quiet: false, now }
  let log = newLog(streams, options)
  let host: Host | undefined
  let code: Exit
  const facts: Record<string, unknown> = {}
  try {
    const line = parseCommandLine(argv)
    log = newLog(streams, { ...options, quiet: line.quiet })
    if (line.help || line.version) {
      const { version, build } = world
      log.print(line.help ? renderHelp() : `cook ${version} (${build})\n`)
      return exit.ok
    }
    host = openHost(line, world)
    const run: Run = { ...world, line, host, log, facts }
    refuseWithoutRights(run)
    code = await commands[line.command](run)
  } catch (error) {
    code = told(error, log, host)
  }
  log.result({ ...facts, exit: code })
  return code
}
