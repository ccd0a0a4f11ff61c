// cook needs no network except for the servers that a parameter names.

import { writeFileSync } from 'node:fs'
import t from 'tap'
import { settle, whyNot, type Setting } from '../setting.ts'

const why = whyNot('bundle')

/** A name server of the jail that has no answers and prints the questions. */
const nameServer = async ({ jail }: Setting) => {
  const child = jail.spawn(
    [
      process.execPath,
      '-e',
      `const server = require('dgram').createSocket('udp4')
      server.on('message', (query, { port, address }) => {
        console.log(query.toString('latin1', 12).replace(/[^\\w-]+/g, '.'))
        const answer = Buffer.from(query)
        answer.writeUInt16BE(0x8183, 2)
        server.send(answer, port, address)
      })
      server.bind(53, '127.0.0.1', () => console.log('up'))`,
    ],
    { host: true, input: '' },
  )
  let said = ''
  child.stdout!.setEncoding('utf8').on('data', text => (said += text))
  await new Promise(resolve => child.stdout!.once('data', resolve))
  return {
    asked: () => said.split('\n').filter(line => line && line !== 'up'),
    end: () =>
      new Promise(resolve => {
        child.once('exit', resolve)
        child.kill('SIGKILL')
      }),
  }
}

await (why
  ? t.plan(0, why)
  : t.test('a first boot sends no DNS query', async t => {
      const setting = await settle(t, 'bundle')
      const { jail, cook } = setting
      writeFileSync(jail.path('/etc/resolv.conf'), 'nameserver 127.0.0.1\n')
      const names = await nameServer(setting)
      t.teardown(names.end)
      const { code, stderr } = await cook()
      t.equal(code, 0, stderr)
      t.same(names.asked(), [])
      const { stdout } = await jail.exec(['ip', '-o', 'link'])
      t.equal(stdout.trim().split('\n').length, 1, 'there was no way out')
      await jail.exec(['getent', 'ahosts', 'example.org'])
      t.match(names.asked().join(), 'example', 'a question would be seen')
    }))
