// Requests a URL until it answers 200, and prints the time of that answer in
// nanoseconds, on the clock that all processes of a machine share. After two
// minutes, or when its parent has ended, it exits and prints nothing.
//   node await-200.ts URL

import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const interval = 5
const limit = 120_000

const answers = (url: string): Promise<boolean> =>
  new Promise(resolve => {
    const asking = get(url, { agent: false, timeout: 1000 }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer')))
    asking.on('error', () => resolve(false))
  })

const url = process.argv[2] ?? ''
process.stdin.resume().on('end', () => process.exit())
// The first request loads modules that the others need.
await answers(url)
console.log('ready')
while (performance.now() < limit) {
  if (await answers(url)) {
    console.log(String(process.hrtime.bigint()))
    break
  }
  await sleep(interval)
}
