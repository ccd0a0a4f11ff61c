// The programs that a program starts, with arguments and environment, by
// strace(1).

/** A program that was started, even without success. */
export interface Exec {
  pid: number
  path: string
  argv: string[]
  env: string[]
}

/**
 * The command that runs another one and records each exec in a file. It ends
 * with the command, and continues to record daemons that outlive it.
 */
export const noting = (file: string, argv: readonly string[]): string[] => [
  ...['strace', '-D', '-f', '--seccomp-bpf', '-qq'],
  // Complete, with each byte in hexadecimal.
  ...['-v', '-xx', '-s', '1000000', '-e', 'signal=none'],
  ...['-e', 'trace=execve,execveat', '-o', file, '--', ...argv],
]

const decoded = (text: string): string[] =>
  [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g)].map(
    ([, bytes = '', cut]) => {
      if (cut !== undefined) {
        throw new Error('strace has not noted all of an exec')
      }
      const hex = bytes.replaceAll('\\x', '')
      return Buffer.from(hex, 'hex').toString('latin1')
    },
  )

// execve(PATH, [ARGV], [ENV]) = 0, or cut off after the arguments by another
// process; execveat(2) has a directory first and flags last.
const call = /^(\d+) +execve(?:at)?\([^"]*("[^"]*"), \[(.*?)\], \[(.*?)\][,) ]/

/** The recorded programs. */
export const execsIn = (text: string): Exec[] =>
  text
    .split('\n')
    .filter(line => /^\d+ +execve/.test(line))
    .map(line => {
      const [, pid, path = '', argv = '', env = ''] = line.match(call) ?? []
      if (pid === undefined) {
        throw new Error(`what does strace say? ${line.slice(0, 500)}`)
      }
      return {
        pid: Number(pid),
        path: decoded(path)[0] ?? '',
        argv: decoded(argv),
        env: decoded(env),
      }
    })
