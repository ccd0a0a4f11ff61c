// PyYAML in one process for thousands of texts, with the loader that Synapse
// uses.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { python, script, type Reading } from '../small/yaml.ts'

export interface Reader {
  /** Reads each of the texts. */
  read: (texts: readonly string[]) => Promise<Reading[]>
  /** Reads lists of texts: one alone, several merged. */
  readMerged: (lists: readonly (readonly string[])[]) => Promise<Reading[]>
  end: () => void
}

/**
 * Starts one.
 * @param loader Synapse's own, in Python; CSafeLoader is another, ten times as
 *   fast, for texts of which one knows what they are
 */
export const newReader = (
  loader: 'SafeLoader' | 'CSafeLoader' = 'SafeLoader',
): Reader => {
  const child = spawn(python, ['-u', '-c', script, loader], {
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

/** A reader for hostile texts, and one for harmless ones. */
export interface Readers {
  reader: Reader
  plainReader: Reader
}

/** Uses both readers, and ends them. */
export const withReaders = async <T>(
  work: (readers: Readers) => Promise<T>,
): Promise<T> => {
  const reader = newReader()
  const plainReader = newReader('CSafeLoader')
  try {
    return await work({ reader, plainReader })
  } finally {
    reader.end()
    plainReader.end()
  }
}
