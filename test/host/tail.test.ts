import {
  appendFileSync,
  linkSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { hostIn } from '../small/host-in.ts'

const following = (t: Test, text?: string) => {
  const host = hostIn(t, {
    '/log/.keep': '',
    ...(text === undefined ? {} : { '/log/x': text }),
  })
  const file = join(host.root, 'log/x')
  return {
    file,
    tail: host.follow('/log/x'),
    write: (text: string | Buffer) => appendFileSync(file, text),
  }
}

t.test('new lines are read after the start', async t => {
  const { tail, write } = following(t, 'old\n')
  t.same(tail.lines(), [])
  write('a\nb')
  t.same(tail.lines(), ['a'])
  write('c\n\nd\n')
  t.same(tail.lines(), ['bc', '', 'd'])
  t.same(tail.lines(), [])
  write('e\nf')
  t.same(tail.end(), ['e', 'f'], 'and at the end what is no whole line')
})

t.test('a log that is created later is read from its beginning', async t => {
  const { tail, write } = following(t)
  t.same(tail.lines(), [])
  write('first\n')
  t.same(tail.lines(), ['first'])
})

t.test('a character in two pieces is read whole', async t => {
  const { tail, write } = following(t, '')
  const bytes = Buffer.from('a🔑b\n')
  for (const byte of bytes) {
    write(Buffer.of(byte))
    t.same(tail.lines(), byte === bytes.at(-1) ? ['a🔑b'] : [])
  }
})

t.test('no line is lost if the log is renamed', async t => {
  const { file, tail, write } = following(t, '')
  const wanted: string[] = []
  const got: string[] = []
  for (let round = 0; round < 50; round++) {
    for (const part of ['before', 'after']) {
      const lines = Array.from(
        { length: round },
        (_, n) => `${round} ${part} ${n}`,
      )
      wanted.push(...lines)
      write(lines.map(line => `${line}\n`).join(''))
      if (part === 'before') {
        got.push(...(round % 3 === 0 ? tail.lines() : []))
        renameSync(file, `${file}.1`)
        got.push(...(round % 2 === 0 ? tail.lines() : []))
      }
    }
    got.push(...tail.lines())
  }
  t.same(got, wanted)
})

t.test('a truncated log is read from its beginning', async t => {
  const { file, tail, write } = following(t, '')
  write('a long line\n')
  t.same(tail.lines(), ['a long line'])
  truncateSync(file)
  write('b\n')
  t.same(tail.lines(), ['b'])
})

t.test('more than one buffer is read at once', async t => {
  const { tail, write } = following(t, '')
  const line = 'ä'.repeat(50_000)
  write(`${line}\n${line}\n`)
  t.same(tail.lines(), [line, line])
})

t.test('what another user puts in its place is not read', async t => {
  for (const put of [
    (file: string) => symlinkSync('/etc/hosts', file),
    (file: string) => linkSync(join(file, '../secret'), file),
  ]) {
    const { file, tail } = following(t, '')
    writeFileSync(join(file, '../secret'), 'secret\n')
    renameSync(file, `${file}.1`)
    put(file)
    t.same(tail.lines(), [])
    t.same(tail.end(), [])
  }
})
