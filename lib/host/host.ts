import { rooted } from './links.ts'
import { modes } from './mode.ts'
import { reader } from './read.ts'
import { commander } from './run.ts'
import { tailer } from './tail.ts'
import { writer } from './write.ts'

/** What main.ts knows of the running process. */
export interface Machine {
  euid: number
  pid: number
  /** Where commands are looked up. */
  path: string
  /** Whether a process with this id exists (kill(2) with signal 0). */
  alive: (pid: number) => boolean
}

/**
 * The one door to the file system and to other programs. Every path is one
 * inside the jail; the door puts it below `root`.
 */
export type Host = ReturnType<typeof hostAt>

/** The door to the machine whose / is at `root`. */
export const hostAt = (root: string, machine: Machine) => {
  const below = root === '/' ? (path: string) => path : rooted(root)
  // Temporary files of this run are no remains of another.
  const made = new Set<string>()
  const reading = reader(below, machine.euid, made)

  // Where process 1 of a container does not wait for a daemon that has died,
  // kill(2) goes on finding it; proc_pid_stat(5) knows. On FreeBSD, which has no
  // such file, the host's init(8) waits for it.
  const hasEnded = (pid: number): boolean => {
    try {
      const stat = reading.text(`/proc/${pid}/stat`) ?? ''
      return /^\d+ \(.*\) [ZX] /s.test(stat)
    } catch {
      // It has gone while it was read.
      return true
    }
  }

  return {
    root,
    pid: machine.pid,
    /** Whether a process with this id runs. */
    alive: (pid: number): boolean => machine.alive(pid) && !hasEnded(pid),
    /** Whether owners can be set at all. */
    privileged: machine.euid === 0,
    /** Whether this is the running system and not a folder. */
    live: root === '/',

    ...reading,
    ...writer(below, made),
    ...modes(below),
    ...tailer(below),
    ...commander(machine.path),
  }
}
