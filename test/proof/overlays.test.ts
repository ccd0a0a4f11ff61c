// Any file in homeserver.d: cook refuses what PyYAML would refuse, with the
// place; in what cook accepts, no key is added, lost or changed.

import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { secretsIn } from '../../lib/host/log/hiding.ts'
import {
  layOver,
  overlayFaults,
  readKeys,
} from '../../lib/services/synapse/overlays/overlay.ts'
import { readOverlay } from '../../lib/services/synapse/overlays/read-overlay.ts'
import { document } from '../hostile/documents.ts'
import { plainly } from '../hostile/planned.ts'
import { newReader, type Reader } from '../hostile/reader.ts'
import { whyNoYaml, type Reading } from '../small/yaml.ts'
import { sized, tellFigure } from './size.ts'

const skip = whyNoYaml()

const base = 'zz: 1\nemail: 2\nserver_name: "q"\n'

const name = 'a.yaml'

/** The keys that PyYAML reads and that are text. */
const textKeys = (value: object): string[] =>
  Object.keys(value).filter(key => !/^!\w+ /.test(key))

/** What is wrong with cook's result for a text, or undefined. */
const wrongIn = (
  text: string,
  alone: Reading,
  merged: Reading,
  laid: Reading,
): string | undefined => {
  const reading = readOverlay(text)
  const keys = new Set(
    typeof reading === 'string' ? [] : reading.sections.map(({ key }) => key),
  )
  return alone.error !== undefined
    ? `PyYAML: ${alone.error}`
    : !textKeys(Object(alone.value)).every(key => keys.has(key))
      ? `the keys are ${Object.keys(Object(alone.value)).join()}`
      : isDeepStrictEqual(laid, merged)
        ? undefined
        : `read ${JSON.stringify(laid)} instead of ${JSON.stringify(merged)}`
}

const total = { taken: 0, refused: 0, needlessly: 0 }

const judge = async (
  reader: Reader,
  texts: readonly string[],
): Promise<void> => {
  const faults = texts.map(text => overlayFaults([{ name, text }])[0]?.fault)
  const readings = await reader.readMerged(
    texts.flatMap((text, index) => [
      [text],
      [base, text],
      [faults[index] === undefined ? layOver(base, [{ name, text }]) : ''],
    ]),
  )
  for (const [index, text] of texts.entries()) {
    const [alone, merged, laid] = readings.slice(index * 3)
    const fault = faults[index]
    if (fault === undefined) {
      total.taken++
      // Values too: cook must find the secrets in every file that it accepts.
      secretsIn(readKeys([{ name, text }]))
      const wrong = wrongIn(text, alone!, merged!, laid!)
      if (wrong !== undefined) {
        throw new Error(`${JSON.stringify(text)}: ${wrong}`)
      }
    } else {
      total.refused++
      total.needlessly += alone!.error === undefined ? 1 : 0
      if (!/ at line \d+, column \d+(?:$|:)|^sets &/.test(fault)) {
        throw new Error(`${JSON.stringify(text)}: no place in: ${fault}`)
      }
    }
  }
}

const wordy = (count: number): string => count.toLocaleString('en')

t.test('cook and PyYAML see the same in a file', { skip }, async t => {
  const reader = newReader()
  const many = fc.array(document, { minLength: 100, maxLength: 100 })
  const { failed, errorInstance, seed } = await fc.check(
    fc.asyncProperty(many, texts => judge(reader, texts)),
    { numRuns: sized(15, 400), endOnFailure: true },
  )
  reader.end()
  t.equal(failed, false, `seed ${seed}`, {
    why: plainly(String(errorInstance)),
  })
  t.ok(total.taken > total.refused / 3, 'many are accepted')
  t.ok(total.refused > 100, 'many are refused')
  tellFigure(
    t,
    `${wordy(total.taken + total.refused)} files of local overrides: ` +
      `${wordy(total.taken)} accepted, and PyYAML reads the same in them; ` +
      `${wordy(total.refused)} refused, ${wordy(total.needlessly)} of which ` +
      'PyYAML would read',
  )
})
