// The same as hostile.test.ts, with the executables below real roots: errors
// are reported and nothing is written; valid values are in their places on the
// disk, for PyYAML and for sh(1); and the next run, without parameters, has
// nothing to do.

import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { newCertificate, newCertificateKey } from '../../lib/tls/certificate.ts'
import { check } from '../../lib/params/check.ts'
import { newReport } from '../../lib/contract/report.ts'
import { forEach, roots } from '../faults/faults.ts'
import { gathered, type Given } from '../small/given.ts'
import { putFiles } from '../hostile/judge-way.ts'
import { errorsIn, must, plainly } from '../hostile/planned.ts'
import { withReaders, type Readers } from '../hostile/reader.ts'
import {
  configured,
  refused,
  repeated,
  sourcedBySh,
  whyNoRuns,
  type Cook,
} from '../hostile/runs.ts'
import { hostileSet, withTexts, type HostileSet } from '../hostile/sets.ts'
import { wayNames, ways, type WayName } from '../hostile/ways.ts'
import { whyNoYaml } from '../small/yaml.ts'
import { sized, tellFigure } from './size.ts'

const skip = whyNoYaml() || whyNoRuns()

// With FreeBSD's pw(8).
const path = `${fileURLToPath(new URL('../jail/bin', import.meta.url))}:/bin`

const kinds = ['bun', 'bundle'] as const

// On Linux one string of argv or of the environment has at most 128 KiB.
const largest = 100_000

const errorsOf = (given: Given): Set<string> => {
  const report = newReport()
  check(gathered(given), report)
  return errorsIn(report.faults)
}

/** Parameters that name files: those of hostile texts do not exist. */
const named = ['FEDERATIONCA', 'SMTPCA', 'LDAPCA', 'ACMECA']

/** The set without wrong values and without paths. */
const rightOf = (
  set: HostileSet,
  arrives: (text: string) => string | undefined,
  wrong: ReadonlySet<string>,
): Given => {
  const given = withTexts(set, (text, name) =>
    wrong.has(name) ? undefined : arrives(text),
  )
  const errors = errorsOf(given)
  return errors.size === 0
    ? given
    : rightOf(set, arrives, new Set([...wrong, ...errors]))
}

const counts = { runs: 0, refused: 0, values: 0 }

/** The report about a set with errors: all of them, and nothing else. */
const judgeRefusal = async (
  cook: Cook,
  way: WayName,
  given: Given,
): Promise<void> => {
  const errors = errorsOf(given)
  if (errors.size === 0) {
    return
  }
  const told = await refused(cook, way, given)
  const isBroken =
    ways[way].byLines && Object.values(given).some(text => /[\r\n]/.test(text))
  const missing = [...errors].filter(name => !told.has(name))
  const others = [...told].filter(
    name => !errors.has(name) && !named.includes(name),
  )
  must(
    isBroken ? told.size > 0 : missing.length + others.length === 0,
    `${way}: no error about ${missing.join()}, but about ${others.join()}`,
  )
  counts.runs++
  counts.refused += errors.size
}

const judge = async (
  readers: Readers,
  set: HostileSet,
  way: WayName,
  cook: Cook,
  beside: Cook,
  empty: string,
): Promise<void> => {
  const arrives = (text: string): string | undefined =>
    Buffer.byteLength(text) > largest ? undefined : ways[way].arriving(text)
  await judgeRefusal(cook, way, withTexts(set, arrives))
  const right = rightOf(set, arrives, new Set(named))
  await configured(readers, cook, beside, way, right)
  await repeated(cook, way)
  await sourcedBySh(cook, right, empty)
  counts.runs += 3
  counts.values += Object.keys(right).length
}

const certificates = async (): Promise<Record<string, string>> => {
  const key = newCertificateKey()
  const subject = { host: 'ca.example', addresses: [] }
  const text = await newCertificate(key, subject, new Date())
  return Object.fromEntries(
    ['peer', 'mail-ca', 'ldap-ca', 'acme-ca'].map(name => [
      `/root/${name}.pem`,
      text,
    ]),
  )
}

t.test('executables accept any text or refuse it', { skip }, async t => {
  const { empty, onCopyOf } = roots(t)
  putFiles(empty, {
    ...(await certificates()),
    '/etc/ssh/sshd_config': 'Port 22\n',
  })
  const folder = mkdtempSync(join(tmpdir(), 'cook-hostile-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const sets = fc.sample(hostileSet, sized(wayNames.length, 204))
  await withReaders(readers =>
    forEach([...sets.entries()], async ([number, set]) => {
      const way = wayNames[number % wayNames.length]!
      const round = Math.floor(number / wayNames.length)
      const kind = kinds[(number + round) % kinds.length]!
      const at = (root: string): Cook => ({ kind, root, path })
      const fail = (error: unknown): void => {
        t.fail(`${kind}, ${way}: ${plainly(String(error))}`)
      }
      await onCopyOf(empty, root =>
        onCopyOf(empty, beside =>
          judge(readers, set, way, at(root), at(beside), folder).catch(fail),
        ),
      )
    }),
  )
  const { runs, refused, values } = counts
  t.ok(runs > sets.length * 3)
  tellFigure(
    t,
    `${sets.length} sets by executables (${runs} runs): ${refused} values ` +
      `refused by name, ${values} read back from the disk by PyYAML and by sh`,
  )
})
