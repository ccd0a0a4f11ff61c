import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errorCode, errorMessage, exit, Failure, type Exit } from './failure.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = fs.constants

/** What main.ts knows of the running process. */
export interface Machine {
  euid: number
  pid: number
  /** Where commands are looked up. */
  path: string
  /** Whether a process with this id exists (kill(2) with signal 0). */
  alive: (pid: number) => boolean
}

export interface Stat {
  type: 'file' | 'dir' | 'link' | 'other'
  /** Permission bits alone. */
  mode: number
  uid: number
  gid: number
  size: number
  mtimeMs: number
  ino: number
}

/** Owner as numbers; undefined leaves that one alone. */
export interface Owner {
  uid: number | undefined
  gid: number | undefined
}

/** A complete file beside its place, open until it is on the disk. */
export interface Temporary {
  path: string
  fd: number
}

export interface CommandResult {
  code: number
  stdout: string
  stderr: string
}

/**
 * The one door to the file system and to other programs. Every path is one
 * inside the jail; the door puts it below `root`.
 */
export type Host = ReturnType<typeof hostAt>

// Larger files are not configuration; root must not fill its memory.
const largest = 16 * 1024 * 1024

const mode = (stat: fs.Stats): number => stat.mode & 0o7777

const statOf = (stat: fs.Stats): Stat => ({
  type: stat.isFile()
    ? 'file'
    : stat.isDirectory()
      ? 'dir'
      : stat.isSymbolicLink()
        ? 'link'
        : 'other',
  mode: mode(stat),
  uid: stat.uid,
  gid: stat.gid,
  size: stat.size,
  mtimeMs: stat.mtimeMs,
  ino: stat.ino,
})

const words: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOSPC: 'no space left',
  EDQUOT: 'quota exceeded',
  EROFS: 'read-only file system',
  EIO: 'input/output error',
  ENOENT: 'no such file or folder',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'is a symbolic link, which cook does not follow here',
}

const failure = (code: Exit, path: string, error: unknown): Failure => {
  const name = errorCode(error) ?? ''
  return new Failure(code, `${path}: ${words[name] ?? errorMessage(error)}`, {
    cause: error,
  })
}

// Reading: what is missing is no error, what is wrong is.
const unlessMissing = <T>(path: string, read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return undefined
    }
    const denied = ['EACCES', 'EPERM'].includes(errorCode(error) ?? '')
    throw failure(denied ? exit.noPermission : exit.config, path, error)
  }
}

const writing = <T>(path: string, write: () => T): T => {
  try {
    return write()
  } catch (error) {
    throw failure(exit.cantCreate, path, error)
  }
}

const names = (text: string | undefined): Map<string, number> =>
  new Map(
    (text ?? '').split('\n').flatMap(line => {
      const [name, , id] = line.split(':')
      return name && /^\d+$/.test(id ?? '') ? [[name, Number(id)]] : []
    }),
  )

// `.homeserver.yaml.0123456789ab.cook`: hidden, and nothing else's name.
const prefix = (path: string): string => `.${basename(path)}.`
const suffix = '.cook'

const temporaryName = (path: string): string =>
  join(
    dirname(path),
    prefix(path) + randomBytes(6).toString('hex') + suffix,
  )

const isTemporaryOf = (path: string, name: string): boolean =>
  name.startsWith(prefix(path)) &&
  /^[0-9a-f]{12}\.cook$/.test(name.slice(prefix(path).length))

/** The door to the machine whose / is at `root`. */
export const hostAt = (root: string, machine: Machine) => {
  const below = (path: string): string =>
    root === '/' ? path : join(root, path)

  const look = (path: string): Stat | undefined =>
    unlessMissing(path, () => statOf(fs.lstatSync(below(path))))

  const readFile = (shown: string, real: string): Buffer | undefined =>
    unlessMissing(shown, () => {
      // NONBLOCK: a named pipe in a file's place must not hang root.
      const fd = fs.openSync(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      try {
        const stat = fs.fstatSync(fd)
        if (!stat.isFile()) {
          throw new Error(stat.isDirectory() ? words['EISDIR'] : 'is no file')
        }
        if (stat.size > largest) {
          throw new Error('is too large')
        }
        return fs.readFileSync(fd)
      } finally {
        fs.closeSync(fd)
      }
    })

  const read = (path: string): Buffer | undefined =>
    readFile(path, below(path))

  const text = (path: string): string | undefined => read(path)?.toString()

  const list = (path: string): string[] =>
    unlessMissing(path, () => fs.readdirSync(below(path)).sort()) ?? []

  const syncFolder = (path: string): void => {
    const fd = fs.openSync(below(path), O_RDONLY | O_DIRECTORY)
    try {
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  }

  const setOwner = (fd: number, owner: Owner): void => {
    if (owner.uid !== undefined || owner.gid !== undefined) {
      const now = fs.fstatSync(fd)
      fs.fchownSync(fd, owner.uid ?? now.uid, owner.gid ?? now.gid)
    }
  }

  // Programs get nothing of cook's environment, in which the secrets are.
  const options = {
    env: { PATH: machine.path, HOME: '/', SHELL: '/bin/sh' },
    cwd: '/',
  }

  return {
    root,
    pid: machine.pid,
    alive: machine.alive,
    /** Whether owners can be set at all. */
    privileged: machine.euid === 0,
    /** Whether this is the running system and not a folder. */
    live: root === '/',

    look,
    /** A regular file's content; a link or another thing is a failure. */
    read,
    text,
    list,

    /** A file that the administrator named: below the root, or as named. */
    readNamed: (path: string): Buffer | undefined =>
      (path.startsWith('/') ? readFile(path, below(path)) : undefined) ??
      unlessMissing(path, () => fs.readFileSync(path)),

    /** Whether a file belongs to root or to who runs cook. */
    isOwn: (path: string): boolean =>
      [0, machine.euid].includes(look(path)?.uid ?? 0),

    /** A file's text from a byte on, at most its last 64 KiB. */
    textFrom: (path: string, from: number): string => {
      const content = unlessMissing(path, () => {
        const fd = fs.openSync(below(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        try {
          const { size } = fs.fstatSync(fd)
          const start = Math.max(from > size ? 0 : from, size - 65536)
          const buffer = Buffer.alloc(size - start)
          return buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, start))
        } finally {
          fs.closeSync(fd)
        }
      })
      return content?.toString() ?? ''
    },

    /** User name to uid, from etc/passwd. */
    uid: (name: string): number | undefined => names(text('/etc/passwd')).get(name),
    /** Group name to gid, from etc/group. */
    gid: (name: string): number | undefined => names(text('/etc/group')).get(name),

    /**
     * Writes a file under a random name beside its place, with its final
     * owner and mode; nobody else can read it before it has them.
     * @param mtimeMs its time of change, if that is not now
     */
    writeTemporary: (
      path: string,
      content: string,
      fileMode: number,
      owner: Owner,
      mtimeMs?: number,
    ): Temporary => {
      const temporary = temporaryName(path)
      const real = below(temporary)
      return writing(path, () => {
        const fd = fs.openSync(real, 'wx', 0o600)
        try {
          fs.writeFileSync(fd, content)
          setOwner(fd, owner)
          fs.fchmodSync(fd, fileMode)
          if (mtimeMs !== undefined) {
            fs.futimesSync(fd, mtimeMs / 1000, mtimeMs / 1000)
          }
          return { path: temporary, fd }
        } catch (error) {
          fs.closeSync(fd)
          fs.rmSync(real, { force: true })
          throw error
        }
      })
    },

    /** Waits until a temporary file is on the disk. */
    settle: ({ path, fd }: Temporary): Promise<void> =>
      new Promise((resolve, reject) =>
        fs.fsync(fd, error => {
          fs.closeSync(fd)
          error ? reject(failure(exit.cantCreate, path, error)) : resolve()
        }),
      ),

    /** Gives up a temporary file. */
    discard: ({ path, fd }: Temporary): void => {
      try {
        fs.closeSync(fd)
      } catch {
        // Closed before, by settle.
      }
      fs.rmSync(below(path), { force: true })
    },

    /** The names of what an interrupted run left beside a file. */
    leftovers: (path: string): string[] =>
      list(dirname(path))
        .filter(name => isTemporaryOf(path, name))
        .map(name => join(dirname(path), name)),

    /** A second name for the present file, from which it can be put back. */
    keep: (path: string): string | undefined => {
      const second = temporaryName(path)
      return writing(path, () => {
        if (look(path) === undefined) {
          return undefined
        }
        fs.linkSync(below(path), below(second))
        return second
      })
    },

    /** Writes a small file for this run alone, complete when it appears. */
    claim: (path: string, content: string): boolean =>
      writing(path, () => {
        const own = temporaryName(path)
        fs.mkdirSync(below(dirname(path)), { recursive: true })
        fs.writeFileSync(below(own), content, { flag: 'wx', mode: 0o600 })
        try {
          fs.linkSync(below(own), below(path))
          return true
        } catch (error) {
          if (errorCode(error) === 'EEXIST') {
            return false
          }
          throw error
        } finally {
          fs.rmSync(below(own), { force: true })
        }
      }),

    rename: (from: string, to: string): void =>
      writing(to, () => fs.renameSync(below(from), below(to))),

    remove: (path: string): void =>
      writing(path, () => fs.rmSync(below(path), { force: true })),

    makeDir: (path: string): void =>
      writing(path, () => fs.mkdirSync(below(path), { mode: 0o700 })),

    removeDir: (path: string): void =>
      writing(path, () => fs.rmdirSync(below(path))),

    /** Sets a folder's owner and mode without following a link. */
    setDir: (path: string, dirMode: number, owner: Owner): void =>
      writing(path, () => {
        const fd = fs.openSync(below(path), O_RDONLY | O_NOFOLLOW | O_DIRECTORY)
        try {
          setOwner(fd, owner)
          fs.fchmodSync(fd, dirMode)
        } finally {
          fs.closeSync(fd)
        }
      }),

    /** Makes the names in a folder last. */
    syncDir: (path: string): void => writing(path, () => syncFolder(path)),

    /** Adds to a log that root owns; made 0640 when missing. */
    append: (path: string, lines: string): void =>
      writing(path, () => {
        const flags =
          fs.constants.O_WRONLY |
          fs.constants.O_CREAT |
          fs.constants.O_APPEND |
          O_NOFOLLOW
        fs.mkdirSync(below(dirname(path)), { recursive: true })
        const fd = fs.openSync(below(path), flags, 0o640)
        try {
          fs.writeFileSync(fd, lines)
        } finally {
          fs.closeSync(fd)
        }
      }),

    /** Runs a short program at once, for taking something back. */
    runNow: (command: string, args: readonly string[]): void => {
      const { status, error } = spawnSync(command, args, options)
      if (status !== 0) {
        throw failure(exit.cantCreate, command, error ?? `exit ${status}`)
      }
    },

    /**
     * Runs a program to its end.
     * @param limit in seconds, after which it is killed
     */
    run: (
      command: string,
      args: readonly string[],
      limit?: number,
    ): Promise<CommandResult> =>
      new Promise((resolve, reject) => {
        const child = spawn(command, args, {
          ...options,
          stdio: ['ignore', 'pipe', 'pipe'],
          ...(limit === undefined ? {} : { timeout: limit * 1000 }),
        })
        const output = { stdout: '', stderr: '' }
        child.stdout.on('data', data => (output.stdout += data))
        child.stderr.on('data', data => (output.stderr += data))
        child.on('error', error =>
          reject(failure(exit.unavailable, command, error)),
        )
        const end = (code: number | null) => {
          child.stdout.destroy()
          child.stderr.destroy()
          resolve({ code: code ?? 1, ...output })
        }
        child.on('exit', code => {
          // A daemon may keep the pipes open for as long as it lives.
          const late = setTimeout(end, 250, code)
          child.on('close', () => {
            clearTimeout(late)
            end(code)
          })
        })
      }),
  }
}
