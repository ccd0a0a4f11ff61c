// cook doctor in worlds of their own: a real Synapse, a real nginx, and a name
// server of the test. Each fault is planted alone.

import t from 'tap'
import { faults } from './faults.ts'
import { makePlace, whyNoPlace } from './place.ts'

const why = whyNoPlace('bun')

if (why) {
  t.plan(0, why)
} else {
  const { good, doctor, authorities, start } = await makePlace(t, 'bun')

  await t.test('the server is behind a proxy', start)

  await t.test('of a healthy server it says nothing', async t => {
    const { code, found, unseen, right } = await doctor(good)
    t.same(found, [])
    t.same(unseen, [])
    t.equal(code, 0)
    t.ok(right.length > 20)
  })

  await t.test('nor from elsewhere', async t => {
    const { code, found, unseen } = await doctor(good, ['--for', 'example.com'])
    t.same(found, [])
    t.same(unseen, [])
    t.equal(code, 0)
  })

  for (const { name, plant, first, says, allows = [] } of faults) {
    await t.test(`${first}: ${name}`, async t => {
      const world = { ...good, ...plant(good, authorities) }
      const { code, found } = await doctor(world)
      t.equal(code, 1)
      const [top] = found
      t.equal(top?.['finding'], first)
      t.match(`${top?.['says']}. ${top?.['remedy']}`, says)
      const beside = found.filter(each => each['finding'] !== first)
      const stray = beside.filter(
        each => !(allows as string[]).includes(each['finding'] ?? ''),
      )
      t.same(stray, [])
    })
  }
}
