// A process of the user nobody that listens somewhere, as any user may.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'

/** Why there can be no process of another user, or false if there can. */
export const whyNoStranger: string | false =
  process.geteuid?.() === 0 ? false : 'only root can start it'

// It starts as root, because a clone may be closed to other users.
const script = `
const { connect, createServer } = require('node:net')
const [where, relay] = JSON.parse(process.argv[1])
if (process.argv[2] !== 'root') {
  process.setgroups([])
  process.setgid(65534)
  process.setuid(65534)
}
process.stdin.resume().on('end', () => process.exit())
const server = createServer(socket => {
  socket.on('error', () => undefined)
  socket.on('data', data => process.stdout.write(data))
  if (relay) {
    const behind = connect(relay).on('error', () => socket.destroy())
    socket.pipe(behind).pipe(socket)
  } else {
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\\r\\n' +
      'Content-Length: 2\\r\\nConnection: close\\r\\n\\r\\n{}'))
  }
})
server.listen(where, () => {
  const { port = 0 } = Object(server.address())
  process.stderr.write(port + '\\n')
})
`

export interface Stranger {
  port: number
  /** Everything that was sent to it. */
  heard: () => string
  /** It accepts no connection until it is thawed. */
  freeze: () => void
  thaw: () => void
}

/**
 * Answers 200 to everything, or passes everything on.
 * @param where where it listens: options of node:net
 * @param relay where the real server listens
 */
export const stranger = async (
  t: Test,
  where: object,
  { relay, user = 'nobody' }: { relay?: object; user?: string } = {},
): Promise<Stranger> => {
  const given = JSON.stringify([where, relay])
  const child = spawn(process.execPath, ['-e', script, given, user])
  t.teardown(async () => {
    const end = once(child, 'close')
    child.kill('SIGKILL')
    await end
  })
  let heard = ''
  child.stdout.setEncoding('latin1').on('data', text => (heard += text))
  const [port] = await once(child.stderr, 'data')
  return {
    port: Number(String(port)),
    heard: () => heard,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  }
}
