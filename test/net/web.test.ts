// Questions to web servers outside: bounded, and whatever the certificate is.

import t from 'tap'
import { isOpen, type Place } from '../../lib/net/limited.ts'
import { askWeb, refusalOf } from '../../lib/net/web.ts'
import {
  listeningRaw,
  listeningSecurely,
  silent,
} from '../support/listening.ts'

const asking = (signal = new AbortController().signal) => ({
  ...{ path: '/a%2Fb', roots: [], signal },
})

const place = ({
  address,
  port,
}: {
  address: string
  port: number
}): Place => ({
  ...{ address, port, name: 'matrix.example.com' },
})

t.test('an answer comes with the certificates', async t => {
  let asked: unknown
  const at = await listeningSecurely(t, (request, response) => {
    const { method, url, headers } = request
    asked = { method, url, host: headers.host, x: headers['x-a'] }
    response.writeHead(404, { 'x-b': 'c' }).end('no')
  })
  const more = { ...asking(), headers: { 'x-a': '1' } }
  const reply = await askWeb(place(at), more)
  t.match(reply, {
    got: 'answer',
    answer: { status: 404, headers: { 'x-b': 'c' }, text: 'no' },
    served: { fault: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  })
  const host = `matrix.example.com:${at.port}`
  t.same(asked, { method: 'GET', url: '/a%2Fb', host, x: '1' })
  t.ok(reply.got === 'answer' && reply.served.chain.length === 1)
})

t.test('a body without end is cut', async t => {
  const at = await listeningSecurely(t, (_, response) => {
    const more = () => response.write('x'.repeat(65536)) && setImmediate(more)
    response.on('drain', more)
    response.on('error', () => undefined)
    more()
  })
  const reply = await askWeb(place(at), asking())
  t.equal(reply.got === 'answer' && reply.answer.text.length, 256 * 1024)
})

t.test('silence ends when all waits end', async t => {
  const at = await listeningSecurely(t, silent)
  const end = new AbortController()
  const reply = askWeb(place(at), asking(end.signal))
  setTimeout(() => end.abort(), 50)
  t.same(await reply, { got: 'late', accepted: true })
})

t.test('what does not speak TLS is noise', async t => {
  const at = await listeningRaw(t, socket => socket.end('HTTP/1.0 200 OK\r\n'))
  t.match(await askWeb(place(at), asking()), { got: 'noise' })
})

t.test('a port that nobody has is nothing, not noise', async t => {
  const at = { address: '127.0.0.1', port: 1 }
  t.match(await askWeb(place(at), asking()), { got: 'nothing', noWay: false })
  t.equal(await isOpen(place(at), asking().signal), false)
})

t.test('who reads on refuses no length, and gets no body', async t => {
  let got = 0
  const at = await listeningSecurely(t, (request, response) => {
    request.on('data', data => (got += data.length))
    response.end()
  })
  t.equal(await isOpen(place(at), asking().signal), true)
  t.equal(
    await refusalOf(place(at), 2 ** 40, asking()),
    undefined,
    'it goes on',
  )
  const strict = await listeningRaw(t, socket => socket.destroy())
  t.equal(await refusalOf(place(strict), 9, asking()), undefined)
  t.equal(got, 0)
})
