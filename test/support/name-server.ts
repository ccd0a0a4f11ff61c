// A name server with the records of its argument, on 127.0.0.1:53.
//   node name-server.ts '{"a.example": {"A": ["10.0.0.1"], "SRV": ["8448 b."]}}'
// A name that it does not have does not exist (RFC 1035).

import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'

const zone = JSON.parse(process.argv[2] ?? '{}') as Record<
  string,
  Record<string, string[]>
>

const types: Record<number, string> = { 1: 'A', 28: 'AAAA', 33: 'SRV' }

const word = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length)
  values.forEach((value, at) => bytes.writeUInt16BE(value, 2 * at))
  return bytes
}

const encoded = (name: string): Buffer =>
  Buffer.concat(
    [...name.split('.').filter(label => label !== ''), ''].map(label =>
      Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]),
    ),
  )

const address = (text: string): Buffer => {
  if (!isIPv6(text)) {
    return Buffer.from(text.split('.').map(Number))
  }
  const [left = [], right = []] = text
    .split('::')
    .map(half => half.split(':').filter(each => each !== ''))
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  const words = [...left, ...zeros, ...right]
  return word(...words.map(each => Number.parseInt(each, 16)))
}

const data = (type: string, text: string): Buffer => {
  const [port = '', target = ''] = text.split(' ')
  return type === 'SRV'
    ? Buffer.concat([word(10, 0, Number(port)), encoded(target)])
    : address(text)
}

const server = createSocket('udp4')
server.on('message', (question, { address: from, port }) => {
  const labels: string[] = []
  let at = 12
  for (let length = question[at]!; length > 0; length = question[at]!) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const kind = question.readUInt16BE(at + 1)
  const asked = question.subarray(12, at + 5)
  const records = zone[labels.join('.').toLowerCase()]
  const type = types[kind] ?? ''
  const answers = (records?.[type] ?? []).map(text => {
    const value = data(type, text)
    // A pointer to the name in the question; class IN; a minute to live.
    const head = word(0xc00c, kind, 1, 0, 60, value.length)
    return Buffer.concat([head, value])
  })
  const id = question.readUInt16BE(0)
  const code = records === undefined ? 3 : 0
  const head = word(id, 0x8580 + code, 1, answers.length, 0, 0)
  server.send(Buffer.concat([head, asked, ...answers]), port, from)
})
server.bind(53, '127.0.0.1', () => process.stdout.write('ready\n'))
// Whatever happens to the test, this process ends with its standard input.
process.stdin.resume().on('end', () => process.exit())
