import type { Run } from './world.ts'

// Waits for cook and reaps other children meanwhile; forwards signals. A wait
// that a signal interrupted does not return cook's status, so it is repeated;
// if cook has ended by then, the second wait returns 127.
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
 * Makes sh(1) process 1 instead of cook, with cook as its child. In a container
 * process 1 gets every orphan as a child, and Synapse is one. Neither Node nor
 * Bun can wait for a child that it did not start. On FreeBSD the first process
 * of a jail is an ordinary one, and init(8) waits for orphans.
 */
export const giveUpFirstPlace = (run: Run): void => {
  const { host, line, machine, program, become } = run
  if (line.block && host.live && machine.pid === 1) {
    const argv = host.text('/proc/1/cmdline')?.split('\0').slice(1, -1) ?? []
    become('/bin/sh', ['sh', '-c', script, 'sh', program, ...argv])
  }
}
