import { resolve } from 'node:path'
import { parseCommandLine, type CommandLine } from '../lib/command-line.ts'
import { errorMessage, exit, Failure, type Exit } from '../lib/failure.ts'
import { hostAt, type Host } from '../lib/host.ts'
import { newLog, type Log } from '../lib/log.ts'
import { paths } from '../lib/paths.ts'
import { renderHelp, renderParams } from '../lib/usage.ts'
import { runApply, runCheck, runPlan } from './road.ts'
import { runToken } from './token.ts'
import { runUser } from './user.ts'
import type { Run, World } from './world.ts'

const runParams = async ({ line, log, facts }: Run): Promise<Exit> => {
  if (line.json) {
    facts['parameters'] = JSON.parse(renderParams('json'))
  } else {
    log.print(renderParams(line.own.format ?? 'text'))
  }
  return exit.ok
}

const commands = {
  apply: runApply,
  plan: runPlan,
  check: runCheck,
  params: runParams,
  user: runUser,
  token: runToken,
}

const refuseWithoutRights = ({ line, machine }: Run): void => {
  const needed = !['check', 'params'].includes(line.command)
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
