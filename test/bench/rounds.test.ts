import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { byTurns, repeat, scaled } from '../../bench/rounds.ts'

t.test('there are as many rounds as the limit allows', async t => {
  for (const [rounds, seconds, wanted] of [
    [0, 60, []],
    [5, 60, [0, 1, 2, 3, 4]],
    [1, 0, [0]],
    [9, 0, [0, 1, 2]],
  ] as const) {
    const seen: number[] = []
    await repeat({ rounds, seconds }, async number => {
      await sleep(1)
      seen.push(number)
    })
    t.same(seen, wanted, `${rounds} rounds, ${seconds} s`)
  }
})

t.test('a tenth of the rounds takes a tenth of the time', async t => {
  t.same(scaled({ rounds: 41, seconds: 60 }, 10), { rounds: 5, seconds: 6 })
})

t.test('one round ends before the next begins', async t => {
  let running = 0
  await repeat({ rounds: 3, seconds: 60 }, async () => {
    t.equal(++running, 1)
    await sleep(2)
    running--
  })
})

t.test('every second round has the reverse order', async t => {
  t.same(
    [0, 1, 2].map(number => byTurns('abc'.split(''), number).join('')),
    ['abc', 'cba', 'abc'],
  )
})
