// Prints without end to whoever reads, and ends at SIGTERM: `node|bun flood.ts
// FILE`. The file then gets what it knows, as JSON.

import { appendFileSync, writeFileSync } from 'node:fs'
import { outputTo } from '../../lib/host/output.ts'

const [, , file = ''] = process.argv
const out = outputTo(1, 'standard output')
let [printed, dropped] = [0, 0]

const timer = setInterval(() => {
  for (let lines = 0; lines < 1000; lines++) {
    if (out.isFull()) {
      dropped++
    } else {
      out.write(`${printed++} ${'x'.repeat(1000)}\n`)
    }
  }
  appendFileSync(`${file}.ticks`, '.')
}, 5)

process.on('SIGTERM', async () => {
  clearInterval(timer)
  const failure = await out.settled(200)
  const known = { printed, dropped, waits: out.isWaiting(), failure }
  writeFileSync(file, JSON.stringify(known))
  process.exit(7)
})
