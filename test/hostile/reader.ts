// PyYAML in a process that stays: the loader that Synapse uses, asked
// thousands of times.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { python, script, type Reading } from '../yaml.ts'

export interface Reader {
  read: (texts: readonly string[]) => Promise<Reading[]>
  end: () => void
}

export const newReader = (): Reader => {
  const child = spawn(python, ['-u', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    read: async texts => {
      child.stdin.write(`${JSON.stringify(texts.map(text => [text]))}\n`)
      const { value, done } = await lines.next()
      if (done) {
        throw new Error('PyYAML has ended')
      }
      return JSON.parse(value) as Reading[]
    },
    end: () => child.stdin.end(),
  }
}
