// All looks, side by side.

import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { exit, Failure } from '../../../lib/contract/failure.ts'
import { examine } from '../../../lib/engine/doctor/examine.ts'
import { look, type Look, type Sight } from '../../../lib/engine/doctor/look.ts'
import { hostIn } from '../../small/host-in.ts'

const at = (t: Test) => ({ host: hostIn(t, {}), now: () => new Date() })

const finds = ['service-down'] as const
const says = 'it does not answer'
const forever = (): Promise<never> => new Promise(() => undefined)

t.test('what is not named is right', async t => {
  const seen = await examine([look(finds, async () => [])], at(t))
  t.same(seen, { wrong: [], unseen: [], right: finds, defects: [] })
})

t.test('what is wrong or unseen is not right', async t => {
  const wrong = { finding: 'service-down', says } as const
  const unseen = { unseen: finds, why: 'dark', elsewhere: 'cook doctor' }
  const bad = await examine([look(finds, async () => [wrong])], at(t))
  t.same(bad, { wrong: [wrong], unseen: [], right: [], defects: [] })
  const dark = await examine([look(finds, async () => [unseen])], at(t))
  t.same(dark, { wrong: [], unseen: [unseen], right: [], defects: [] })
})

t.test('a look that cannot look is unseen', async t => {
  const blind = look(finds, async () => {
    throw new Failure(exit.unavailable, 'no eyes')
  })
  const { unseen, defects } = await examine([blind], at(t))
  t.match(unseen, [{ unseen: finds, why: 'no eyes' }])
  t.same(defects, [])
})

t.test('a defect in one look does not hide what others see', async t => {
  const error = new TypeError('x is undefined')
  const broken = look(finds, () => Promise.reject(error))
  const other = look(finds, async () => [{ finding: 'service-down', says }])
  const { wrong, defects } = await examine([broken, other], at(t))
  t.match(wrong, [{ says }])
  t.same(defects, [error])
})

t.test('looks run side by side, each to the same limit', async t => {
  const looks: Look[] = [1, 2, 3].map(() => look(finds, forever))
  let aborted = 0
  const quick = look(finds, async ({ signal }) => {
    signal.addEventListener('abort', () => aborted++)
    return [{ finding: 'service-down', says }]
  })
  const { wrong, unseen } = await examine([...looks, quick], at(t), 50)
  t.equal(unseen.length, 3)
  t.match(unseen, [{ why: 'was not seen within 0.05 s' }])
  t.equal(wrong.length, 1)
  t.equal(aborted, 1, 'whoever still waits is told to end')
})

t.test('what looks share is found out once', async t => {
  let made = 0
  const dear = async ({ now }: Sight): Promise<number> => {
    await sleep(5)
    return now().getTime() && ++made
  }
  const got: number[] = []
  const sharing = look(finds, async ({ once }) => {
    got.push(await once(dear))
    return []
  })
  await examine([sharing, sharing], at(t))
  t.same(got, [1, 1])
})
