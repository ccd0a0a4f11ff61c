import { StringDecoder } from 'node:string_decoder'

/** Lines of a text that may come faster than they can be shown. */
export interface Seen {
  lines: string[]
  /** How many more there were. */
  dropped: number
  /** How many bytes were not read, and so are not counted in lines. */
  unread: number
}

// What one call of `take` returns, in bytes and in lines: so much can be shown
// in a fraction of a second.
const mostBytes = 1024 * 1024
const mostLines = 10_000

// In characters; the rest of such a line is left out.
const longest = 64 * 1024

const lineBreak = 0x0a

const breaksIn = (chunk: Uint8Array): number => {
  let count = 0
  for (const byte of chunk) {
    count += byte === lineBreak ? 1 : 0
  }
  return count
}

/** Makes lines from pieces of a text, in limited memory. */
export const newLines = () => {
  const decoder = new StringDecoder('utf8')
  let lines: string[] = []
  let rest = ''
  let size = 0
  let dropped = 0
  // Whether the beginning of the present line was dropped.
  let isDropping = false

  const push = (line: string): void => {
    if (lines.length < mostLines) {
      lines.push(line)
    } else {
      dropped++
    }
  }

  const drop = (chunk: Uint8Array): void => {
    rest = ''
    decoder.end()
    isDropping = chunk.at(-1) !== lineBreak
    dropped += breaksIn(chunk)
  }

  const keep = (chunk: Buffer): void => {
    const [first = '', ...more] = decoder.write(chunk).split('\n')
    const all = [rest + first, ...more].map(each => each.slice(0, longest))
    rest = all.pop() ?? ''
    all.forEach(push)
  }

  const add = (chunk: Buffer): void => {
    if (size >= mostBytes) {
      drop(chunk)
    } else if (isDropping) {
      const end = chunk.indexOf(lineBreak) + 1
      drop(end === 0 ? chunk : chunk.subarray(0, end))
      keep(end === 0 ? chunk.subarray(0, 0) : chunk.subarray(end))
    } else {
      keep(chunk)
    }
    size += chunk.length
  }

  /** The lines that were completed since the last call. */
  const take = (): Seen => {
    const seen = { lines, dropped, unread: 0 }
    lines = []
    dropped = 0
    size = 0
    return seen
  }

  return {
    /** At most 64 KiB at once. */
    add,
    take,

    /** The same, with a last line that is incomplete. */
    end: (): Seen => {
      const last = rest + decoder.end()
      rest = ''
      if (isDropping) {
        dropped++
      } else if (last !== '') {
        push(last)
      }
      return take()
    },
  }
}
