// What a person types and others must not see, and what a program sends.

/** Standard input, for a secret. */
export interface Input {
  /**
   * Asks a person questions whose answers are not shown. Nothing where no
   * person is; no answers from one who gives none.
   */
  ask:
    | ((questions: readonly string[]) => Promise<string[] | undefined>)
    | undefined
  /** The first line, without its end; the rest is not read. */
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

/** This process, as far as signals go. */
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

/** Why there is no answer. */
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

/** Lines out of characters, with the keys that a terminal would know. */
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
 * Asks a person, and shows nothing of what is typed: from the first question
 * to the last answer the terminal does not echo. However that ends, the
 * terminal echoes again; a signal, or the key that stands for one, then ends
 * the program as it would have without the questions.
 * @returns the answers, or nothing when there will be none
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
        // One that is gone has no mode.
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
    // The terminal itself may go away, without a signal.
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

// Longer than any password, shorter than what could fill the memory.
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

/** What can be had from this process's standard input. */
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
