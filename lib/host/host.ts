import { platform } from 'node:os'
import { accountsIn } from './accounts.ts'
import { directories } from './directories.ts'
import { foreignReader } from './foreign.ts'
import { rooted } from './links.ts'
import { looker } from './look.ts'
import { modes } from './mode.ts'
import { processes } from './processes/processes.ts'
import { reader } from './read.ts'
import { commander } from './processes/run.ts'
import { sockets } from './processes/sockets.ts'
import { measurer } from './space.ts'
import { tailer } from './tail.ts'
import { writer } from './write.ts'

/** The running process, from main.ts. */
export interface Machine {
  euid: number
  pid: number
  /**
   * The kernel, as Node names it: `freebsd` or `linux`; by default this one.
   * Bun would replace process.platform in a build.
   */
  platform?: string
  /** The search path for commands. */
  path: string
  /** Whether a process with this id exists (kill(2) with signal 0). */
  alive: (pid: number) => boolean
}

/**
 * The only module that uses the file system and other programs. Every path is
 * one inside the jail: this module puts it below `root`.
 */
export type Host = ReturnType<typeof hostAt>

/** The system whose / is at `root`. */
export const hostAt = (root: string, machine: Machine) => {
  const below = root === '/' ? (path: string) => path : rooted(root)
  // Temporary files of this run are not leftovers of another.
  const made = new Set<string>()
  const looking = looker(below, made)
  const { open, ...reading } = reader(below, {
    euid: machine.euid,
    search: machine.path,
  })
  const { run, runNow } = commander(machine.path)
  const accounts = accountsIn(reading.text)
  const door = { look: looking.look, open }

  // If process 1 of a Linux container does not wait for a dead daemon, that
  // stays a zombie, which kill(2) still finds; proc_pid_stat(5) shows its
  // state. On FreeBSD, which has no such file, init(8) of the host waits for
  // it.
  const hasEnded = (pid: number): boolean => {
    try {
      const stat = reading.text(`/proc/${pid}/stat`) ?? ''
      return /^\d+ \(.*\) [ZX] /s.test(stat)
    } catch {
      // The process ended during the read.
      return true
    }
  }

  return {
    root,
    pid: machine.pid,
    /** Whether a process with this id runs. */
    alive: (pid: number): boolean => machine.alive(pid) && !hasEnded(pid),
    /** Whether owners can be set. */
    privileged: machine.euid === 0,
    /** Whether this is the running system and not a directory. */
    live: root === '/',

    ...looking,
    ...reading,
    ...foreignReader(below, machine.euid, door),
    ...accounts,
    ...writer(below, made),
    ...directories(below),
    ...modes(below),
    ...measurer(below),
    ...tailer(below),
    ...processes(machine.path),
    ...sockets(machine.platform ?? platform(), run, accounts),
    run,
    runNow,
  }
}
