import t from 'tap'
import { clientWellKnown } from '../../../../lib/services/synapse/calls/well-known.ts'
import { params } from '../../../small/given.ts'

const url = 'https://matrix.example.com/'
const base = { 'm.homeserver': { base_url: url } }

t.test('clients learn where the homeserver is', async t => {
  const turn = { TURNURIS: 'turn:a', TURNSECRET: 'x' }
  t.strictSame(clientWellKnown(url, params(turn)), base)
})

t.test('clients learn where the service for calls is', async t => {
  const given = params({ RTCURL: 'wss://a', RTCJWT: 'https://b/jwt' })
  t.strictSame(clientWellKnown(url, given), {
    ...base,
    'org.matrix.msc4143.rtc_foci': [
      { type: 'livekit', livekit_service_url: 'https://b/jwt' },
    ],
  })
})
