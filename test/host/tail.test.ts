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
import type { Seen } from '../../lib/host/lines.ts'
import { hostIn } from '../small/host-in.ts'

const following = (t: Test, text?: string) => {
  const host = hostIn(t, {
    '/log/.keep': '',
    ...(text === undefined ? {} : { '/log/x': text }),
  })
  const file = join(host.root, 'log/x')
  const followed = host.follow('/log/x')
  return {
    file,
    followed,
    tail: {
      lines: () => followed.lines().lines,
      end: () => followed.end().lines,
    },
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

const MiB = 1024 * 1024

/** Reads until nothing comes any more. */
const readAll = (lines: () => Seen) => {
  const all = { lines: 0, dropped: 0, calls: 0 }
  for (;;) {
    const { lines: now, dropped } = lines()
    if (now.length + dropped === 0) {
      return all
    }
    all.lines += now.length
    all.dropped += dropped
    all.calls++
  }
}

t.test('of a flood some lines are read, and the others counted', async t => {
  for (const line of ['\n', 'x\n', `${'y'.repeat(1000)}\n`]) {
    const { followed, write } = following(t, '')
    const count = Math.ceil((20 * MiB) / line.length)
    write('before\n')
    write(Buffer.from(line.repeat(count)))
    const first = followed.lines()
    t.equal(first.lines[0], 'before')
    t.ok(first.lines.length <= 10_000)
    t.ok(first.lines.join('').length <= 2 * MiB)
    const { lines, dropped, calls } = readAll(followed.lines)
    t.equal(
      first.lines.length + first.dropped + lines + dropped,
      count + 1,
      'none is missing in the count',
    )
    t.ok(calls > 0, 'one call does not read it all')
    write('after\n')
    t.same(followed.lines(), { lines: ['after'], dropped: 0, unread: 0 })
    followed.end()
  }
})

t.test('a line without an end fills no memory', async t => {
  const { followed, write } = following(t, '')
  write('a'.repeat(600 * 1024))
  t.same(followed.lines(), { lines: [], dropped: 0, unread: 0 })
  write('b\nnext\n')
  const { lines } = followed.lines()
  t.same(
    lines.map(each => [each.length, each.slice(0, 4)]),
    [
      [65536, 'aaaa'],
      [4, 'next'],
    ],
  )
})

t.test('a file of 3 GiB with nothing in it does not stop cook', async t => {
  const { file, followed, write } = following(t, 'a\n')
  truncateSync(file, 3 * 1024 * MiB)
  const before = process.memoryUsage().rss
  for (let calls = 0; calls < 5; calls++) {
    t.same(followed.lines().lines, [])
  }
  t.ok(process.memoryUsage().rss - before < 200 * MiB)
  write('b\n')
  const { lines, dropped, unread } = followed.end()
  t.same([lines, dropped], [[], 1])
  t.ok(unread > 2 * 1024 * MiB, `${unread}`)
})
