// What clients learn about servers that carry calls.

import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { api, type Said } from '../api.ts'
import { join } from '../matrix.ts'
import { settle, whyNot } from '../setting.ts'

const turn = {
  TURNURIS: 'turn:turn.example.com:3478?transport=udp,turns:turn.example.com',
  TURNSECRET_FILE: '/root/turn-secret',
}
const secret = 'a "long": #secret'
const rtc = {
  RTCURL: 'wss://rtc.example.com/sfu',
  RTCJWT: 'https://rtc.example.com/jwt',
}
const both = { ...turn, ...rtc }
// How clients that know MSC4222 ask for it.
const stateKey = 'org.matrix.msc4222.state_after'
const stateAfter = 'timeout=0&org.matrix.msc4222.use_state_after=true'
const focus = { type: 'livekit', livekit_service_url: rtc.RTCJWT }

t.test('calls', { skip: whyNot('bun') }, async t => {
  const setting = await settle(t, 'bun')
  const { jail, cook } = setting
  writeFileSync(jail.path(turn.TURNSECRET_FILE), `${secret}\n`)
  const apply = async (t: Test, given: Record<string, string>) => {
    const { code, stderr } = await cook([], given)
    t.equal(code, 0, stderr)
    t.equal(stderr, '')
  }
  await apply(t, {})
  const alice = await join(setting, 'alice')
  const token = alice.headers['authorization']!.replace('Bearer ', '')
  const ask = (path: string): Promise<Said> =>
    api(setting, 'GET', path, undefined, token)
  const transports =
    '/_matrix/client/unstable/org.matrix.msc4143/rtc/transports'
  const wellKnown = '/.well-known/matrix/client'
  const versions = '/_matrix/client/versions'

  await t.test('without parameters, none are named', async t => {
    t.strictSame(await ask('/_matrix/client/v3/voip/turnServer'), {
      status: 200,
    })
    t.match(await ask(transports), { status: 404 })
    t.notOk('org.matrix.msc4143.rtc_foci' in (await ask(wellKnown)))
  })

  await t.test('one without the other is refused', async t => {
    const { RTCURL } = rtc
    const { TURNURIS } = turn
    const { code, stderr } = await cook([], { RTCURL, TURNURIS })
    t.equal(code, 78)
    t.match(stderr, 'error: TURNSECRET (missing): required by TURNURIS\n')
    t.match(stderr, 'error: RTCJWT (missing): required by RTCURL\n')
  })

  await t.test('a TURN server takes what Synapse gives out', async t => {
    await apply(t, both)
    const said = await ask('/_matrix/client/v3/voip/turnServer')
    t.match(said, {
      status: 200,
      uris: turn.TURNURIS.split(','),
      ttl: 86_400,
    })
    const username = String(said['username'])
    t.match(username, /^\d+:@alice:matrix\.example\.com$/)
    const mac = createHmac('sha1', secret).update(username).digest('base64')
    t.equal(said['password'], mac)
  })

  await t.test('clients find the service for calls', async t => {
    t.strictSame((await ask(wellKnown))['org.matrix.msc4143.rtc_foci'], [focus])
    t.match(await ask(transports), {
      status: 200,
      rtc_transports: [{ ...focus, url: rtc.RTCURL }],
    })
    const { unstable_features: features } = await ask(versions)
    t.match(features, { 'org.matrix.msc4140': true })
    const create = '/_matrix/client/v3/createRoom'
    const { room_id: room } = await api(setting, 'POST', create, {}, token)
    const { rooms } = await ask(`/_matrix/client/v3/sync?${stateAfter}`)
    t.match(rooms, { join: { [String(room)]: { [stateKey]: {} } } })
  })

  await t.test('that service can ask who a user is', async t => {
    for (const FEDERATION of ['yes', 'no']) {
      await apply(t, { ...both, FEDERATION })
      const user = encodeURIComponent(alice.id)
      const path = `/_matrix/client/v3/user/${user}/openid/request_token`
      const { access_token: its } = await api(setting, 'POST', path, {}, token)
      const who = `/_matrix/federation/v1/openid/userinfo?access_token=${its}`
      t.match(await api(setting, 'GET', who), { status: 200, sub: alice.id })
    }
  })

  await t.test('without the parameters they are forgotten again', async t => {
    await apply(t, {})
    t.match(await ask(transports), { status: 404 })
    t.notOk('org.matrix.msc4143.rtc_foci' in (await ask(wellKnown)))
  })
})
