// Many cooks at once: on one root, and each on its own root.

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { kinds } from '../e2e/setting.ts'
import {
  cookAgain,
  environment,
  roots,
  run,
  whyNotFaulty,
} from '../faults/faults.ts'
import { entriesIn, isTemporary, type Entries } from '../faults/heals.ts'
import { sized, tellFigure } from './size.ts'

const skip = whyNotFaulty()

const keys = /^mnt\/matrixdata\/(keys|tls)\/./

/** The texts of all files, with random values replaced. */
const told = (entries: Entries): [string, string, number, string][] => {
  const random = [...entries].flatMap(([path, { text }]) =>
    keys.test(path) && text !== '' ? [text.trim()] : [],
  )
  return [...entries].map(([path, { text, mode, owner }]) => [
    path,
    random
      .reduce((rest, each) => rest.replaceAll(each, '…'), text)
      // The record contains hashes of files with such texts.
      .replaceAll(/"[0-9a-f]{64}"/g, '"…"'),
    mode,
    owner,
  ])
}

const starting = (count: number, root: string, args: readonly string[]) =>
  Promise.all(Array.from({ length: count }, () => cookAgain(root, args)))

t.test(
  'of many cooks on one root one works, and the others exit 75',
  { skip },
  async t => {
    const all = roots(t)
    const cooked = all.copyOf(all.empty)
    await cookAgain(cooked, [])
    const right = told(entriesIn(cooked))
    const count = sized(8, 20)
    const left: number[] = []
    for (let round = 0; round < sized(3, 20); round++) {
      await all.onCopyOf(all.empty, async root => {
        const ended = await starting(count, root, [])
        for (const { code, stderr } of ended) {
          // A late cook had nothing to do.
          t.ok(code === 0 || code === 75, `${code}: ${stderr}`)
        }
        t.ok(ended.some(({ code }) => code === 0))
        left.push(ended.filter(({ code }) => code === 75).length)
        t.same(told(entriesIn(root)), right)
      })
    }
    t.ok(
      left.some(each => each > 0),
      'they met',
    )
    const [least, most] = [Math.min(...left), Math.max(...left)]
    tellFigure(
      t,
      `${count} cooks on one root, ${left.length} times: ` +
        `${least} to ${most} of them exited 75, the result was right`,
    )
  },
)

t.test('with --wait all of them exit 0', { skip }, async t => {
  const all = roots(t)
  const count = sized(8, 20)
  const rounds = sized(2, 10)
  for (let round = 0; round < rounds; round++) {
    await all.onCopyOf(all.empty, async root => {
      const ended = await starting(count, root, ['--wait', '300'])
      t.same(
        ended.filter(({ code }) => code !== 0),
        [],
      )
      const entries = entriesIn(root)
      t.same([...entries.keys()].filter(isTemporary), [])
      const log = readFileSync(join(root, 'var/log/cook.log'), 'utf8')
      const made = log.match(/\/keys\/macaroon .*: mended/g)
      t.equal(made?.length, 1, 'one of them did the work')
    })
  }
  tellFigure(t, `${count} cooks with --wait, ${rounds} times: all exited 0`)
})

const mebibytes = (kibibytes: number): string =>
  `${(kibibytes / 1024).toFixed(0)} MiB`

t.test('cooks on many roots at once all succeed', { skip }, async t => {
  const all = roots(t)
  const cooked = all.copyOf(all.empty)
  await cookAgain(cooked, [])
  const right = told(entriesIn(cooked))
  const here = Array.from({ length: sized(10, 100) }, () =>
    all.copyOf(all.empty),
  )
  const begun = performance.now()
  const peaks = await Promise.all(
    here.map(async root => {
      const file = `${root}.peak`
      // GNU time: its own format, in a separate file.
      const time = ['time', '-q', '-f', '%M', '-o', file]
      const argv = [kinds.bun, '--quiet', '--root', root]
      const { code, stderr } = await run([...time, ...argv], environment)
      t.equal(code, 0, stderr)
      return Number(readFileSync(file, 'utf8'))
    }),
  )
  const seconds = (performance.now() - begun) / 1000
  const identities = new Set<string>()
  for (const root of here) {
    const entries = entriesIn(root)
    t.same(told(entries), right)
    identities.add(entries.get('mnt/matrixdata/keys/macaroon')?.text ?? '')
    rmSync(root, { recursive: true })
  }
  t.equal(identities.size, here.length, 'each has an identity of its own')
  tellFigure(
    t,
    `${here.length} roots at once: ${seconds.toFixed(1)} s, a cook had ` +
      `${mebibytes(Math.max(...peaks))} at the most, all together ` +
      `${mebibytes(peaks.reduce((sum, each) => sum + each, 0))}`,
  )
})
