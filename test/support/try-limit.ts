// Runs a program with a time limit, on the runtime that runs this file, and
// prints the result: `node|bun try-limit.ts SECONDS COMMAND [ARGUMENT...]`.

import { commander } from '../../lib/host/processes/run.ts'

const [limit, command = '', ...args] = process.argv.slice(2)
const { run } = commander('/sbin:/bin:/usr/sbin:/usr/bin')
const begun = performance.now()
const result = await run(command, args, Number(limit))
const took = performance.now() - begun
process.stdout.write(JSON.stringify({ ...result, took }))
