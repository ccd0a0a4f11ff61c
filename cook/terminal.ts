// Reads a password: hidden from a terminal, or from another program.

/** Standard input, for a secret. */
export interface Input {
  /**
   * Asks questions and does not show what is typed. Undefined if standard input
   * is not a terminal; returns undefined if there are no answers.
   */
  ask:
    | ((questions: readonly string[]) => Promise<string[] | undefined>)
    | undefined
  /** The first line, without its line break; the rest is not read. */
  firstLine: () => Promise<Uint8Array>
}

interface Keyboard {
  on: (
    event: 'data' | 'end' | 'error',
    heard: (text: string) => void,
  ) => unknown
  off: (event: 'data', heard: (text: string) => void) => unknown
  setEncoding: (encoding: 'utf8') => unknown
  setRawMode: (raw: boolean) => unknown
  resume: () => unknown
  pause: () => unknown
}

/** The signals of this process. */
interface Program {
  readonly pid: number
  on: (
    signal: NodeJS.Signals,
    heard: (signal: NodeJS.Signals) => void,
  ) => unknown
  off: (
    signal: NodeJS.Signals,
    heard: (signal: NodeJS.Signals) => void,
  ) => unknown
  kill: (pid: number, signal: NodeJS.Signals) => unknown
}

const ending = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Why there are no answers. */
type Ended = 'end' | 'interrupt'

const keys: Readonly<Record<string, Ended | 'enter' | 'erase' | 'kill'>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\x7f': 'erase',
  '\b': 'erase',
  '\x15': 'kill',
  '\x04': 'end',
  '\x03': 'interrupt',
  '\x1c': 'interrupt',
}

/** Makes lines from characters, and handles the editing keys of a terminal. */
const typing = () => {
  const lines: string[] = []
  let line: string[] = []
  return {
    lines,
    type: (text: string): Ended | undefined => {
      for (const each of text) {
        const key = keys[each]
        if (key === 'enter') {
          lines.push(line.join(''))
          line = []
        } else if (key === 'erase') {
          line.pop()
        } else if (key === 'kill') {
          line = []
        } else if (
          key === 'interrupt' ||
          (key === 'end' && line.length === 0)
        ) {
          return key
        } else if (key === undefined) {
          line.push(each)
        }
      }
      return undefined
    },
  }
}

/**
 * Asks questions on a terminal that does not echo from the first question to
 * the last answer. Echo is always restored. A signal, or its key, then ends the
 * program as usual.
 * @returns the answers, or undefined if there are none
 */
const askHidden = (
  keyboard: Keyboard,
  write: (text: string) => void,
  program: Program,
  questions: readonly string[],
): Promise<string[] | undefined> =>
  new Promise(resolve => {
    const { lines, type } = typing()
    let asked = 0
    let asking = true
    const next = (): void => {
      while (asked <= lines.length && asked < questions.length) {
        write(`${asked > 0 ? '\n' : ''}${questions[asked++]}`)
      }
    }
    const leave = (): void => {
      asking = false
      ending.forEach(signal => program.off(signal, interrupt))
      keyboard.off('data', heard)
      keyboard.pause()
      try {
        keyboard.setRawMode(false)
      } catch {
        // The terminal is gone.
      }
      write('\n')
    }
    const interrupt = (signal: NodeJS.Signals): void => {
      leave()
      program.kill(program.pid, signal)
    }
    const heard = (text: string): void => {
      const ended = type(text)
      next()
      if (lines.length >= questions.length) {
        leave()
        resolve(lines.slice(0, questions.length))
      } else if (ended === 'end') {
        leave()
        resolve(undefined)
      } else if (ended === 'interrupt') {
        interrupt('SIGINT')
      }
    }
    // The terminal may close without a signal.
    const lost = (): void => {
      if (asking) {
        leave()
        resolve(undefined)
      }
    }
    ending.forEach(signal => program.on(signal, interrupt))
    keyboard.on('end', lost)
    keyboard.on('error', lost)
    keyboard.setEncoding('utf8')
    keyboard.setRawMode(true)
    keyboard.on('data', heard)
    keyboard.resume()
    next()
  })

// Longer than any password, and too short to fill the memory.
const longest = 64 * 1024

const firstLine = async (
  stream: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    chunks.push(chunk)
    size += chunk.length
    if (chunk.includes(0x0a) || size > longest) {
      break
    }
  }
  const all = Buffer.concat(chunks)
  const end = all.indexOf(0x0a)
  return end < 0 ? all : all.subarray(0, end)
}

/** The standard input of this process. */
export const inputOf = (
  stdin: Keyboard & AsyncIterable<Uint8Array> & { isTTY?: boolean },
  stderr: { write: (text: string) => unknown },
  program: Program,
): Input => ({
  ask: stdin.isTTY
    ? questions =>
        askHidden(stdin, text => stderr.write(text), program, questions)
    : undefined,
  firstLine: () => firstLine(stdin),
})
