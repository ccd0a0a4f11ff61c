import type { Run } from './world.ts'

// Waits for cook, and by that for whatever else ends; hands signals on. A wait
// that a signal interrupts says nothing of cook, and one that comes too late
// (127) nothing new.
const script = `
"$@" <&0 &
cook=$!
trap 'told=yes; kill -TERM $cook' TERM INT
wait $cook; code=$?
while [ "\${told-}" ]; do
  told=
  wait $cook; again=$?
  [ $again -eq 127 ] || code=$again
done
exit $code
`

/**
 * Makes sh(1) process 1 in cook's place, with cook below it. Who is process 1,
 * in a container, has every orphan for a child, and Synapse is one; but neither
 * Node nor Bun can wait for a child that it has not started itself. On FreeBSD a
 * jail's first process is an ordinary one, and init(8) waits for its orphans.
 */
export const giveUpFirstPlace = (run: Run): void => {
  const { host, line, machine, program, become } = run
  if (line.block && host.live && machine.pid === 1) {
    const argv = host.text('/proc/1/cmdline')?.split('\0').slice(1, -1) ?? []
    become('/bin/sh', ['sh', '-c', script, 'sh', program, ...argv])
  }
}
