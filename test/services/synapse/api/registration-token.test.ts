import t from 'tap'
import { exit } from '../../../../lib/contract/failure.ts'
import { Secret } from '../../../../lib/contract/secret.ts'
import { newRegistrationToken } from '../../../../lib/services/synapse/api/registration-token.ts'
import { peerAt } from '../../../small/peer.ts'
import { rejection } from '../../../small/refusal.ts'
import { listening } from '../../../support/listening.ts'

t.test('a token is taken, and nothing else', async t => {
  for (const [token, isOne] of [
    ['aB3._~-', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['', false],
    ['two\nlines', false],
    ['\x1b]0;a title\x07\x1b[2Jabc', false],
    ['a b', false],
  ] as const) {
    const probe = await listening(t, (_, response) => {
      response.end(JSON.stringify({ token }))
    })
    const asking = newRegistrationToken(
      peerAt(probe),
      new Secret('x'),
      1,
      undefined,
    )
    if (isOne) {
      t.equal(await asking, token)
      continue
    }
    const { exit: code, message } = (await rejection(asking)) ?? {}
    t.equal(code, exit.unavailable)
    t.match(message, 'the answer is no registration token')
    t.notMatch(message, /[\x00-\x1f]/)
  }
})
