// A clock that jumps: it is far behind or ahead, or jumps while cook runs, and
// cook may be killed meanwhile. When it is right again, one run heals all, the
// next one does nothing, and nothing that makes the server itself was replaced.

import { X509Certificate } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import {
  domain,
  environment as inJail,
  jailPicture,
  differences,
  settle,
  whyNot,
  type Kind,
} from '../e2e/setting.ts'
import {
  clockAt,
  clockBy,
  daysAway,
  jumping,
  redate,
  whyNoClock,
  wrongClocks,
} from '../faults/clock.ts'
import {
  environment,
  forEach,
  roots,
  run,
  whyNotFaulty,
} from '../faults/faults.ts'
import { entriesIn, heals } from '../faults/heals.ts'
import { argvFor } from '../faults/traced.ts'
import { sized, tellFigure } from './size.ts'

t.jobs = 1

const clocks = [...wrongClocks, ...[-400, -30, -2, 30, 360, 3650].map(daysAway)]

const rcScript = '/usr/local/etc/rc.d/synapse'
const port = fileURLToPath(new URL(`../jail/root${rcScript}`, import.meta.url))

/** What makes the server itself: files on the data set, and their texts. */
const identityIn = (data: string): Record<string, string> =>
  Object.fromEntries(
    ['keys', 'tls']
      .map(name => join(data, 'matrixdata', name))
      .filter(folder => existsSync(folder))
      .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
      .filter(path => /(\/keys\/|\.key$)/.test(path))
      // Of a run that was killed.
      .filter(path => !path.endsWith('.cook'))
      .map(path => [path, readFileSync(path, 'utf8')]),
  )

/** Why a certificate is of no use now, or undefined if it is. */
const uselessNow = (pem: string): string | undefined => {
  const { validFrom, validTo } = new X509Certificate(pem)
  const now = new Date()
  return new Date(validFrom) <= now && now < new Date(validTo)
    ? undefined
    : `${validFrom} to ${validTo}`
}

/** One wrong run. */
interface Step {
  time: string
  /** Whether the clock jumps while it runs. */
  jumps: boolean
  /** After how many milliseconds it is killed, if it is. */
  killed: number | undefined
}

// Each case differs from the last one, and all are met in the long run.
const stepsOf = (number: number): Step[] =>
  Array.from({ length: 1 + (number % 3) }, (_, n) => {
    const turn = number * 5 + n * 3
    return {
      time: clocks[turn % clocks.length]!,
      jumps: turn % 4 === 3,
      killed: turn % 7 === 5 ? 20 + ((turn * 37) % 300) : undefined,
    }
  })

const told = (steps: readonly Step[]): string =>
  steps
    .map(
      ({ time, jumps, killed }) =>
        `${jumps ? 'jumping to ' : ''}${time}${killed ? ', killed' : ''}`,
    )
    .join('; ')

const inWrongTime = async (
  t: Test,
  kind: Kind,
  root: string,
  args: readonly string[],
  { time, jumps, killed }: Step,
): Promise<void> => {
  const file = `${root}.clock`
  const stop = jumps ? jumping(file, [time, ...clocks]) : () => undefined
  const clock = jumps ? clockBy(file) : clockAt(time)
  const since = Date.now() - 20
  const argv = argvFor(kind, root, args)
  const limit = killed === undefined ? '300' : String(killed / 1000)
  // env(1), so that the clock of timeout(1) stays right.
  const setting = Object.entries(clock).map(([name, is]) => `${name}=${is}`)
  const { code, stderr } = await run([
    ...['timeout', '-s', 'KILL', limit, 'env', ...setting],
    ...argv,
  ])
  stop()
  if (killed === undefined) {
    t.equal(code, 0, `${told([{ time, jumps, killed }])}: ${stderr}`)
  }
  redate(root, since, time)
}

const below = async (t: Test, kind: Kind, cases: number): Promise<void> => {
  const all = roots(t)
  const cook = (root: string, args: readonly string[]) =>
    run(argvFor(kind, root, args), environment)
  // A package of the past.
  const packed = all.copyOf(all.empty)
  mkdirSync(join(packed, dirname(rcScript)), { recursive: true })
  cpSync(port, join(packed, rcScript))
  redate(join(packed, rcScript), 0, '2024-05-05 05:05:05')
  const cooked = all.copyOf(packed)
  t.equal((await cook(cooked, [])).code, 0)
  let runs = 0
  await forEach([...Array(cases).keys()], number =>
    all.onCopyOf(number % 2 === 0 ? packed : cooked, async root => {
      const steps = stepsOf(number)
      let identity = {}
      for (const [n, step] of steps.entries()) {
        const args = [`--max-upload=${n + 7}M`]
        await inWrongTime(t, kind, root, args, step)
        runs++
        const now = identityIn(join(root, 'mnt'))
        t.match(now, identity, `${told(steps)}: identity`)
        identity = now
      }
      await heals(t, cook, root, [], entriesIn(root), told(steps))
      t.match(identityIn(join(root, 'mnt')), identity, told(steps))
      const crt = join(root, 'mnt/matrixdata/tls/example.com.crt')
      t.equal(uselessNow(readFileSync(crt, 'utf8')), undefined, told(steps))
    }),
  )
  tellFigure(
    t,
    `${kind}: ${runs} runs with a wrong clock, and each time one run was ` +
      'enough when it was right again',
  )
}

const skip = whyNotFaulty() || whyNoClock()

for (const [kind, cases] of [
  ['bun', sized(12, 400)],
  ['bundle', sized(4, 100)],
] as const) {
  t.test(`below a root: ${kind}`, { skip: skip || whyNot(kind) }, t =>
    below(t, kind, cases),
  )
}

const url = 'https://10.192.0.5:8448/health'

const living = async (t: Test, kind: Kind, cases: number): Promise<void> => {
  const { jail, cook } = await settle(t, kind)
  const crt = jail.path(`/mnt/matrixdata/tls/${domain}.crt`)
  const file = '/root/clock'
  const wrong = async (number: number): Promise<void> => {
    const time = clocks[(number * 5 + 4) % clocks.length]!
    const jumps = number % 3 === 2
    const stop = jumps
      ? jumping(jail.path(file), [time, ...clocks])
      : () => undefined
    const since = Date.now() - 20
    const { code, stderr } = await jail.exec(
      ['cook', '--max-upload', `${number + 7}M`],
      { env: { ...inJail(), ...(jumps ? clockBy(file) : clockAt(time)) } },
    )
    stop()
    t.equal(code, 0, `${jumps ? 'jumping to ' : ''}${time}: ${stderr}`)
    redate(jail.root, since, time)
    redate(jail.path('/mnt'), since, time)
  }
  const identity = () => identityIn(jail.path('/mnt'))
  let before = {}
  for (let number = 0; number < cases; number++) {
    await wrong(number)
    const more = ['--max-upload', `${number + 8}M`]
    const { code, stdout, stderr } = await cook(number % 2 ? more : [])
    const said = `${number}: ${stdout}${stderr}`
    t.equal(code, 0, said)
    t.notMatch(stderr, 'one-time keys', 'nothing was set back')
    const pem = readFileSync(crt, 'utf8')
    t.equal(uselessNow(pem), undefined)
    const health = await jail.fetch(url, { ca: pem, servername: domain })
    t.equal(health.status, 200, 'Synapse serves that certificate')
    const now = identity()
    t.match(now, before, 'no key was replaced')
    before = now
    const picture = jailPicture(jail)
    const again = await cook(number % 2 ? more : [])
    t.match(again, { code: 0, stdout: /nothing to do/ }, again.stderr)
    t.same(differences(picture, jailPicture(jail)), [])
    t.equal((await cook(['status'])).code, 0)
  }
  t.ok(Object.keys(before).length > 3, 'there is something to lose')
  tellFigure(
    t,
    `${kind}, with Synapse: ${cases} times, and Synapse served a certificate ` +
      'that is valid now',
  )
}

for (const [kind, cases] of [
  ['bun', sized(3, 26)],
  ['bundle', sized(0, 6)],
] as const) {
  const why =
    skip ||
    whyNot(kind) ||
    (cases === 0 && 'only at a larger size (make proof)')
  t.test(`with Synapse: ${kind}`, { skip: why }, t => living(t, kind, cases))
}
