// PyYAML in a process that stays: the loader that Synapse uses, asked
// thousands of times.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { python, script, type Reading } from '../yaml.ts'

export interface Reader {
  /** Each of the texts. */
  read: (texts: readonly string[]) => Promise<Reading[]>
  /** Lists of them: one alone, several merged. */
  readMerged: (lists: readonly (readonly string[])[]) => Promise<Reading[]>
  end: () => void
}

export const newReader = (): Reader => {
  const child = spawn(python, ['-u', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const readMerged: Reader['readMerged'] = async lists => {
    child.stdin.write(`${JSON.stringify(lists)}\n`)
    const { value, done } = await lines.next()
    if (done) {
      throw new Error('PyYAML has ended')
    }
    return JSON.parse(value) as Reading[]
  }
  return {
    readMerged,
    read: texts => readMerged(texts.map(text => [text])),
    end: () => child.stdin.end(),
  }
}
