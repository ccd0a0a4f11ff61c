import { resolve } from 'node:path'
import { parseCommandLine, type CommandLine } from '../lib/cli/command-line.ts'
import {
  errorMessage,
  exit,
  Failure,
  type Exit,
} from '../lib/contract/failure.ts'
import { lackOf } from '../lib/host/failure.ts'
import { hostAt, type Host } from '../lib/host/host.ts'
import { newLog, type Log } from '../lib/host/log/log.ts'
import { readingOnce } from '../lib/host/named.ts'
import { paths } from '../lib/contract/paths.ts'
import { plain } from '../lib/contract/report.ts'
import { commandRow } from '../lib/cli/commands.ts'
import { renderHelp } from '../lib/cli/usage.ts'
import { commandFile } from './command-files.ts'
import { giveUpFirstPlace } from './init.ts'
import type { Run, World } from './world.ts'

/** The help or the version, as text and for --json. */
const about = (
  { help, version }: CommandLine,
  world: World,
): { text: string; facts: object } | undefined =>
  help
    ? { text: renderHelp(), facts: { help: renderHelp() } }
    : version
      ? {
          text: `cook ${world.version} (${world.build})\n`,
          facts: { version: world.version, build: world.build },
        }
      : undefined

const refuseWithoutRights = ({ line, host, machine }: Run): void => {
  const { unprivileged } = commandRow(line.command)
  if (!unprivileged && host.live && machine.euid !== 0) {
    const message = `cook ${line.command} must run as root`
    throw new Failure(exit.noPermission, message)
  }
}

const isFolder = (host: Host): boolean => {
  try {
    return host.look('/')?.type === 'dir'
  } catch (error) {
    // The error for a file in the place of a directory.
    if (error instanceof Failure && error.exit === exit.config) {
      return false
    }
    throw error
  }
}

const openHost = (line: CommandLine, world: World): Host => {
  // Programs that cook starts have a different working directory.
  const root = resolve(line.root ?? '/')
  const host = hostAt(root, world.machine)
  if (!isFolder(host)) {
    throw new Failure(exit.usage, `--root ${root}: no such directory`)
  }
  return host
}

const keepLog = ({ host, log }: Run): void =>
  log.keep(lines => host.append(paths.cookLog, lines))

const applies = ({ line }: Run): boolean =>
  line.command === 'apply' || line.command === 'restored'

/** Reports what went wrong, and returns its exit code. */
const told = (error: unknown, log: Log, run: Run | undefined): Exit => {
  const lack = error instanceof Failure ? undefined : lackOf(error)
  if (lack !== undefined) {
    log.error(`${errorMessage(error)}: ${lack}`)
    return exit.tempFail
  }
  if (!(error instanceof Failure) || error.exit === exit.software) {
    const details = error instanceof Failure ? error.details : []
    const trace = error instanceof Error ? (error.stack ?? '') : ''
    const message = `a defect in cook, please report it: ${errorMessage(error)}`
    log.error(message, [...details, ...trace.split('\n').slice(1)])
    return exit.software
  }
  if (error.exit === exit.unavailable && run && applies(run)) {
    run.facts['healthy'] = false
    keepLog(run)
  }
  if (error.message !== '') {
    log.error(error.message, error.details)
  }
  return error.exit
}

/** The exit code: a success is none if this output could not be written. */
const unlessLost = (
  failure: Error | undefined,
  code: Exit,
  report: (message: string) => void,
): Exit => {
  if (failure === undefined || (code !== exit.ok && code !== exit.changes)) {
    return code
  }
  report(failure.message)
  return failure instanceof Failure ? failure.exit : exit.cantCreate
}

/** Runs the command; it throws nothing. */
const work = async (
  world: World,
  open: (line: CommandLine, world: World) => Host,
): Promise<Exit> => {
  const { argv, streams, now } = world
  // --json has to be known even if the rest cannot be parsed.
  const json = argv.includes('--json')
  let log = newLog(streams, { json, quiet: false, now })
  let run: Run | undefined
  let code: Exit
  const facts: Record<string, unknown> = {}
  try {
    const line = parseCommandLine(argv)
    log = newLog(streams, { json: line.json, quiet: line.quiet, now })
    const asked = about(line, world)
    if (asked !== undefined) {
      line.json || log.print(asked.text)
      log.result({ ...asked.facts, exit: exit.ok })
      return exit.ok
    }
    // From the first moment on, a signal must not be lost.
    const ending = line.block ? world.ended() : undefined
    const ended = () => ending ?? world.ended()
    const host = readingOnce(open(line, world))
    run = { ...world, ended, line, host, log, facts }
    refuseWithoutRights(run)
    giveUpFirstPlace(run)
    if (line.log) {
      keepLog(run)
    }
    const crashed = world.crashed()
    const command = await commandFile(line.command)
    code = await Promise.race([command.run(run), crashed])
  } catch (error) {
    code = told(error, log, run)
  }
  code = unlessLost(run?.line.log ? log.unkept() : undefined, code, log.error)
  log.result({ ...facts, exit: code })
  return code
}

// In milliseconds. Who ends cook by a signal, as Nomad does, waits for its end.
const patience = 2000

/**
 * Runs cook once.
 * @param open returns the jail that the command line names
 * @returns the exit code; it throws nothing
 */
export const run = async (world: World, open = openHost): Promise<Exit> => {
  const { argv, streams, written } = world
  const code = await work(world, open)
  const isUrgent = code === exit.software || argv.includes('--block')
  const limit = isUrgent ? patience : undefined
  const report = (message: string) => streams.err(`error: ${plain(message)}\n`)
  const end = unlessLost(await written(limit), code, report)
  await written(limit)
  return end
}
