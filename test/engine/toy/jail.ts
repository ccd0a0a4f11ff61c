// A directory that imitates a live system whose rc(8) knows the toy.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { hostAt, type Host } from '../../../lib/host/host.ts'
import { newLog } from '../../../lib/host/log/log.ts'
import type { Context } from '../../../lib/engine/context.ts'
import { hostIn, machine } from '../../small/host-in.ts'
import { alive } from '../../small/service-step.ts'
import { places, toyService, type Toy } from './index.ts'

const rc = `#!/bin/sh
here=\${0%/*} root=\${0%/*/*}
echo "$*" >>"$here/calls"
pid=$(cat "$root${places.pidFile}" 2>/dev/null)
running() {
  [ -n "$pid" ] && grep -q '^State:.[^Z]' "/proc/$pid/status" 2>/dev/null
}
case $2 in
  onestatus) running ;;
  onestop)
    running || exit 1
    kill "$pid"
    while running; do sleep 0.05; done
    rm -f "$root${places.pidFile}" ;;
  start)
    "${process.execPath}" "$here/toy.mjs" "$root" >/dev/null 2>&1 &
    echo 'Starting toy.' ;;
esac
`

const server = `
import { createServer } from 'node:http'
import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
const [root] = process.argv.slice(2)
const text = readFileSync(root + '${places.config}', 'utf8')
const [, port] = text.match(/^port (\\d+)$/m)
const [, mode] = text.match(/^mode (.*)$/m)
writeFileSync(root + '${places.pidFile}', String(process.pid))
if (mode === 'die') {
  appendFileSync(root + '${places.log}', 'toy broke: its mode says so\\n')
  process.exit(1)
}
const sing = () =>
  existsSync(root + '${places.songs}') &&
  copyFileSync(root + '${places.songs}', root + '${places.sung}')
sing()
// With the mode \`mortal\` the signal ends it, as it does by default.
mode === 'mortal' || process.on('SIGHUP', () => mode === 'deaf' || sing())
createServer(({ url }, response) =>
  response.writeHead(url === '/ready' ? 200 : 404).end(),
).listen(Number(port), '127.0.0.1')
setInterval(() => {
  process.kill(${process.pid}, 0)
  existsSync(import.meta.filename) || process.exit()
}, 100)
`

const check = `#!/bin/sh
echo "check $*" >>"\${0%/*}/calls"
grep -q '^mode wrong' "$1" && { echo "line 2: wrong" >&2; exit 1; }
exit 0
`

// The proof that it sings what is in its file, and a program that lets it read
// that again, unless the songs are wrong.
const here = 'here=${0%/*} root=${0%/*/*}'
const sings = `#!/bin/sh
${here}
cmp "$root${places.songs}" "$root${places.sung}" 2>&1
`
const tell = `#!/bin/sh
${here}
echo "tell $*" >>"$here/calls"
grep -q rude "$root${places.songs}" && { echo 'line 1: rude' >&2; exit 4; }
kill -s HUP "$(cat "$root${places.pidFile}")"
`
const su = `#!/bin/sh
echo "su $*" >>"\${0%/*}/calls"
exec sh -c "$4"
`

export const toyJail = (
  t: Test,
  files: Readonly<Record<string, string>> = {},
): Host => {
  const { root } = hostIn(t, {
    '/programs/service': rc,
    '/programs/toy-check': check,
    '/programs/toy-sings': sings,
    '/programs/toy-tell': tell,
    '/programs/su': su,
    '/programs/toy.mjs': server,
    '/programs/calls': '',
    '/var/run/.keep': '',
    '/var/log/.keep': '',
    '/mnt/.keep': '',
    ...files,
  })
  const programs = ['service', 'toy-check', 'toy-sings', 'toy-tell', 'su']
  for (const name of programs) {
    chmodSync(join(root, 'programs', name), 0o755)
  }
  t.teardown(() => {
    const pid = Number(hostAt(root, machine).textFrom(places.pidFile, 0))
    pid > 1 && alive(pid) && process.kill(pid, 'SIGKILL')
  })
  const path = `${join(root, 'programs')}:${machine.path}`
  return { ...hostAt(root, { ...machine, path, alive }), live: true }
}

/** The calls of service(8) and of the check from now on. */
export const callsOf = ({ root }: Host) => {
  const file = join(root, 'programs/calls')
  writeFileSync(file, '')
  return () =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(line => line !== '' && !line.endsWith('onestatus'))
      : []
}

/** The context of the stages, and all that they logged. */
export const contextOf = (
  host: Host,
  toy: Toy,
  starts = true,
): { context: Context; told: () => string } => {
  let text = ''
  const tell = (more: string) => void (text += more)
  const isFull = () => false
  const streams = { out: tell, err: tell, isFull, terminal: false }
  const options = { json: false, quiet: false, now: () => new Date(0) }
  const log = newLog(streams, options)
  const services = [toyService(toy)]
  return { context: { host, log, services, starts }, told: () => text }
}
