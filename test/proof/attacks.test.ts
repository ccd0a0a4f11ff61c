// The users synapse, control and nobody attack while cook runs in all its ways:
// root reads, writes, ends and shows nothing that it should not, and without
// them one run is enough.

import t, { type Test } from 'tap'
import { attacksOf, groups, type Who } from '../attacks/armoury.ts'
import { arm, attacking, type Attacker } from '../attacks/attackers.ts'
import { settleTargets } from '../attacks/jail.ts'
import { judgeOf, type Judge } from '../attacks/judge.ts'
import { runWay } from '../attacks/ways.ts'
import { whyNot } from '../e2e/setting.ts'
import { sized, tellFigure } from './size.ts'

const skip = whyNot('bun')

/** Runs of cook for each set of attackers. */
const runsARound = 4

const whos = Object.keys(groups) as Who[]

type Place = Awaited<ReturnType<typeof settleTargets>>

const counts = { runs: 0, attacks: 0 }

const attacked = async (
  t: Test,
  place: Place,
  judge: Judge,
  round: number,
): Promise<string[]> => {
  const { setting, orders, places, parameters } = place
  const attackers: Attacker[] = []
  const created: string[] = []
  for (const who of whos) {
    const attacks = attacksOf(who, round, places)
    counts.attacks += attacks.length
    attackers.push(await attacking(setting.jail, who, attacks, orders()))
  }
  for (let n = 0; n < runsARound; n++) {
    const run = round * runsARound + n
    const { args, user, ...done } = await runWay(setting, parameters, run)
    counts.runs++
    created.push(...(user === undefined ? [] : [user]))
    judge.said(t, args, done)
    await judge.kept(t, args.join(' '))
  }
  for (const each of attackers) {
    await each.stop()
  }
  judge.contents(t, `round ${round}`)
  for (const each of attackers) {
    await each.leave()
  }
  t.same(
    attackers.flatMap(each => each.won()),
    [],
    'no attack has won',
  )
  t.same(
    attackers
      .filter(({ user }) => user !== 'synapse')
      .flatMap(each => each.fallen()),
    [],
    'no process of another user was ended',
  )
  return created
}

t.test('nobody can trip root while cook runs', { skip }, async t => {
  const place = await settleTargets(t)
  const { jail, cook } = place.setting
  arm(jail)
  const secrets = place.secrets()
  const judge = judgeOf(jail, secrets, place.sentinels)
  for (let round = 0; round < sized(5, 50); round++) {
    await t.test(`attackers of round ${round}`, async t => {
      const created = await attacked(t, place, judge, round)
      await place.settled()
      const { code, stderr } = await cook([], place.parameters)
      t.equal(code, 0, `one run is enough: ${stderr}`)
      t.equal((await cook(['status'])).code, 0)
      t.equal(await place.servers(), 1, 'one Synapse runs')
      for (const user of created) {
        t.notOk(await place.hasHidden(user), `${user} has a user's password`)
      }
    })
  }
  tellFigure(
    t,
    `${counts.runs} runs of cook among ${counts.attacks} attacks by ` +
      `${whos.join(', ')}: no file, process or secret of root was reached`,
  )
})
