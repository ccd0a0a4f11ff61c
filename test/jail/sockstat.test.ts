// sockstat(1) says whose the sockets are.

import { once } from 'node:events'
import t from 'tap'
import { makeJail, whyNoJail } from './jail.ts'
import { findSynapse } from './synapse.ts'

const skip = whyNoJail()

const listens = `
import os, socket, time
v6 = socket.AF_INET6
four = socket.create_server(("127.0.0.1", 8008))
six = socket.create_server(("::", 8009), family=v6)
dual = socket.create_server(("::", 8010), family=v6,
                            dualstack_ipv6=True)
long = socket.create_server(("fd00:1:2:3:4:5:6:7", 8011), family=v6)
path = socket.socket(socket.AF_UNIX)
path.bind("/tmp/a-path-of-more-than-21-bytes.sock")
path.listen()
client = socket.create_connection(("127.0.0.1", 8008))
other = socket.create_connection(("127.0.0.1", 8008))
accepted, _ = four.accept()
open("/proc/self/comm", "w").write("a\\nb c")
print(client.getsockname()[1], flush=True)
time.sleep(600)
`

t.test('sockstat names whose the sockets are', { skip }, async t => {
  for (const [vnet, loopback] of [
    [true, '127.0.0.1'],
    [false, '10.192.0.5'],
  ] as const) {
    const addresses = ['10.192.0.5', 'fd00:1:2:3:4:5:6:7']
    const jail = await makeJail({ vnet, addresses })
    t.teardown(jail.destroy)
    const python = `/usr/local/bin/${findSynapse().python}`
    const child = jail.spawn([python, '-c', listens], { user: 'nobody' })
    const [data] = await once(child.stdout!, 'data')
    const port = String(data).trim()
    const sockstat = async (line: string) => {
      const argv = ['sockstat', ...line.split(' ')]
      const { code, stdout, stderr } = await jail.exec(argv)
      t.match({ code, stderr }, { code: 0, stderr: '' }, line)
      return stdout
    }
    const all = await sockstat('-l')
    t.match(
      all,
      /^USER +COMMAND +PID +FD PROTO +LOCAL ADDRESS +FOREIGN ADDRESS *\n/,
    )
    const row = (rest: string) =>
      new RegExp(`^nobody +a\\nb c +\\d+ +\\d+ +${rest} *$`, 'm')
    t.match(all, row(`tcp4 +${loopback}:8008 +\\*:\\*`))
    t.match(all, row('tcp46 +\\*:8010 +\\*:\\*'))
    t.match(all, row('tcp6 +fd00:1:2:3:4:5:6:7:80 +\\*:\\*'), 'it is cut')
    t.match(all, row('stream +/tmp/a-path-of-more-t +\\?\\?'), 'it is cut')
    const quiet = await sockstat(`-46cqw -P tcp -p ${port}`)
    t.match(quiet, row(`tcp4 +${loopback}:8008 +${loopback}:${port}`))
    t.match(quiet, row(`tcp4 +${loopback}:${port} +${loopback}:8008`))
    t.equal(quiet.split('tcp4').length, 3, 'both ends, and nothing else')
    t.match(
      await sockstat('-4c -p 1,8000-8008'),
      new RegExp(`^\\?\\? .* tcp4 +${loopback}:8008 `, 'm'),
      'what nobody has accepted has no user',
    )
    t.match(await sockstat('-6lw -P tcp'), row('tcp6 +fd00.*:7:8011 +\\*:\\*'))
    t.match(await sockstat('-lnu'), /^65534 +a\nb c .* stream +\/tmp\/a-path/m)
    t.match(await jail.exec(['sockstat', '-Z']), {
      code: 1,
      stderr: /^usage: sockstat/m,
    })
  }
})
