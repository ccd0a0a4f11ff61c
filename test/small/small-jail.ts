// A directory that imitates a live system: its service(8), su(1) and pgrep(1) are
// small shell scripts, and its homeserver is a small server that does what the
// word after `# mode:` in its configuration says.

import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { hostAt, type Host } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import { hostIn, machine } from './host-in.ts'
import { alive } from './service-step.ts'

const service = `#!/bin/sh
here=\${0%/*} root=\${0%/*/*}
echo "$*" >>"$here/calls"
pid=$(cat "$root${paths.pidFile}" 2>/dev/null)
running() {
  [ -n "$pid" ] && grep -q '^State:.[^Z]' "/proc/$pid/status" 2>/dev/null
}
case $2 in
  onestatus) running ;;
  onestop)
    running || { echo 'synapse not running?'; exit 1; }
    kill "$pid"
    for i in 1 2 3 4 5 6 7 8 9 10; do
      running || exit 0
      sleep 0.1
    done
    echo 'Waiting for PIDS'
    exit 1 ;;
  start)
    [ ! -e "$here/refuse" ] || { cat "$here/refuse"; exit 0; }
    [ ! -e "$here/fail" ] || { cat "$here/fail" >&2; exit 1; }
    # These arguments are those of Synapse.
    "${process.execPath}" "$here/homeserver.mjs" "$root" \\
      -m synapse.app.homeserver -c ${paths.homeserver} >/dev/null 2>&1 &
    echo 'Starting synapse.' ;;
esac
`

const homeserver = `
import { createServer } from 'node:http'
import {
  appendFileSync, existsSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs'
const [root] = process.argv.slice(2)
const text = readFileSync(root + '${paths.homeserver}', 'utf8')
const mode = text.match(/# mode: (\\w+)/)?.[1]
const pidFile = root + '${paths.pidFile}'
const end = why => {
  appendFileSync(root + '${paths.synapseLog}', why + '\\n')
  rmSync(pidFile, { force: true })
  process.exit(1)
}
writeFileSync(pidFile, String(process.pid))
process.on('SIGTERM', () => mode === 'stubborn' || end('INFO: stopped'))
if (mode === 'die') {
  await new Promise(resolve => setTimeout(resolve, 200))
  end('OSError: the configuration says so')
}
const server = createServer((_, response) => {
  const busy = mode === 'busy' || existsSync(new URL('busy', import.meta.url))
  if (mode !== 'silent') {
    response.writeHead(busy ? 503 : 200).end('OK')
  }
})
server.on('error', error => end('CannotListenError: ' + error.message))
const [, port] = text.match(/port: (\\d+)/) ?? [, 0]
const [, address] = text.match(/bind_addresses: \\["([^"]+)"/) ?? []
server.listen(Number(port), address)
// Whatever happens to the test, this process ends.
setInterval(() => {
  process.kill(${process.pid}, 0)
  existsSync(import.meta.filename) || process.exit()
}, 100)
`

const su = `#!/bin/sh
here=\${0%/*}
echo "$*" >>"$here/su-calls"
[ ! -e "$here/check" ] || . "$here/check"
`

/** The live system, as far as a test needs one. */
export const smallJail = (
  t: Test,
  files: Readonly<Record<string, string>> = {},
  platform?: string,
): Host => {
  const { root } = hostIn(t, {
    '/programs/service': service,
    '/programs/su': su,
    '/programs/homeserver.mjs': homeserver,
    '/etc/passwd': 'root:*:0:0\nsynapse:*:0:0\n',
    '/etc/group': 'wheel:*:0\nsynapse:*:0\n',
    '/var/run/matrix-synapse/.keep': '',
    '/var/log/matrix-synapse/.keep': '',
    '/mnt/.keep': '',
    [paths.synapseScript]: 'command="/usr/local/bin/python3.11"\n',
    ...files,
  })
  for (const name of ['service', 'su']) {
    chmodSync(join(root, 'programs', name), 0o755)
  }
  const path = `${join(root, '/programs')}:${machine.path}`
  const here = { ...machine, path, alive, ...(platform && { platform }) }
  // On this machine there are those that other tests have started.
  return { ...hostAt(root, here), live: true, processesOf: () => [] }
}

/** The calls of service(8), without those for a status. */
export const calls = ({ root }: Host): string[] => {
  const file = join(root, '/programs/calls')
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(line => line !== '' && !line.endsWith('onestatus'))
    : []
}
