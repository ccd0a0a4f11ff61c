// Who can create an account with the client API: nobody, users with a mailbox,
// users with a token, everybody; and whoever has the shared secret.

import { mkdirSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { api, logIn, type Said } from '../api.ts'
import {
  linkIn,
  mailParameters,
  nextMail,
  open,
  settleWithMail,
} from '../servers/post.ts'
import { address, domain, secret, type Kind } from '../setting.ts'

const unlimited = '{per_second: 1000, burst_count: 1000}'
const own = `
rc_registration: ${unlimited}
rc_registration_token_validity: ${unlimited}
rc_login: {address: ${unlimited}, account: ${unlimited}}
`

const registerPath = '/_matrix/client/v3/register'
const mailPath = '/_matrix/client/v3/register/email/requestToken'
const validityPath =
  '/_matrix/client/v1/register/m.login.registration_token/validity'
const secure = ['--url', `https://${address}:8448`, '--insecure']

const openTo = { REGISTRATIONENABLE: 'yes' }
const byMail = { ...openTo, ...mailParameters, SMTPPORT: '587' }

const stagesOf = ({ flows }: Said): string[][] =>
  (flows as { stages: string[] }[]).map(({ stages }) => stages)

export const registration = async (t: Test, kind: Kind): Promise<void> => {
  const { setting, post } = await settleWithMail(t, kind, [
    { port: 587, tls: 'starttls', auth: ['PLAIN'] },
  ])
  const { jail, cook, client } = setting
  const folder = jail.path('/mnt/matrixdata/homeserver.d')
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/own.yaml`, own)

  const apply = async (t: Test, given: Record<string, string>) => {
    const { code, stderr } = await cook([], given)
    t.equal(code, 0, stderr)
  }

  const register = (body: object): Promise<Said> =>
    api(setting, 'POST', registerPath, body)

  const account = (username: string) => ({ username, password: 's3cr3t' })

  /** Does one step of a registration. */
  const prove = async (username: string, auth: object): Promise<Said> => {
    const { session } = await register(account(username))
    return register({ ...account(username), auth: { session, ...auth } })
  }

  const tokenType = 'm.login.registration_token'
  const byTokenStages = [[tokenType, 'm.login.dummy']]

  const byToken = async (username: string, token: string): Promise<Said> => {
    const shown = await prove(username, { type: tokenType, token })
    const { session, completed } = shown
    return (completed as string[] | undefined)?.includes(tokenType)
      ? register({
          ...account(username),
          auth: { session, type: 'm.login.dummy' },
        })
      : shown
  }

  const isMade = async (t: Test, said: Said, name: string) => {
    t.match(said, { status: 200, user_id: `@${name}:${domain}` })
    t.match(await logIn(setting, name, 's3cr3t'), { status: 200 })
  }

  const isNotMade = async (t: Test, name: string) =>
    t.match(await logIn(setting, name, 's3cr3t'), { status: 403 })

  const tokenFor = async (t: Test, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cook(['token', ...args])
    t.equal(code, 0, stderr)
    t.equal(stderr, '')
    t.match(stdout, /^[\w.~-]{16}\n$/)
    return stdout.trim()
  }

  const isValid = async (token: string): Promise<unknown> =>
    (await api(setting, 'GET', `${validityPath}?token=${token}`))['valid']

  await t.test('by default nobody can', async t => {
    await apply(t, {})
    const refused = { status: 403, errcode: 'M_FORBIDDEN' }
    t.match(await register({}), refused)
    t.match(
      await register({ ...account('eve'), auth: { type: 'm.login.dummy' } }),
      refused,
    )
    await isNotMade(t, 'eve')
  })

  await t.test('the generated secret can create accounts', async t => {
    const env = { MATRIX_SHARED_SECRET: secret(jail) }
    const args = [...secure, 'register', 'alice', 's3cr3t']
    const { user_id } = await client(args, env)
    t.equal(user_id, `@alice:${domain}`)
    t.match(await logIn(setting, 'alice', 's3cr3t'), { status: 200 })
  })

  await t.test(
    'a token for a closed server is made with a warning',
    async t => {
      const { code, stdout, stderr } = await cook(['token'])
      t.equal(code, 0)
      t.match(stdout, /^[\w.~-]{16}\n$/)
      t.match(stderr, /^warning: nobody can use this token yet: .*\n$/)
    },
  )

  await t.test('MYSHAREDSECRET replaces the generated secret', async t => {
    const shared = ' "s\'h$a`r\\e%d #: ü🔑 '
    await apply(t, { MYSHAREDSECRET: shared })
    const args = [...secure, 'register']
    const { user_id } = await client([...args, 'bob', 's3cr3t'], {
      MATRIX_SHARED_SECRET: shared,
    })
    t.equal(user_id, `@bob:${domain}`)
    t.match(await logIn(setting, 'bob', 's3cr3t'), { status: 200 })
    const env = { MATRIX_SHARED_SECRET: secret(jail) }
    await t.rejects(client([...args, 'eve', 's3cr3t'], env), /HMAC incorrect/)
    await isNotMade(t, 'eve')
  })

  await t.test('with a mail server: users with a mailbox', async t => {
    await apply(t, byMail)
    const asked = await register(account('carol'))
    t.equal(asked.status, 401)
    t.strictSame(stagesOf(asked), [['m.login.email.identity']])
    const mailbox = 'carol@mail.example.com'
    const client_secret = 'a-secret'
    const { sid } = await api(setting, 'POST', mailPath, {
      client_secret,
      email: mailbox,
      send_attempt: 1,
    })
    const { message, ...arrived } = await nextMail(post)
    t.match(arrived, {
      secure: true,
      from: 'noreply@example.com',
      to: [mailbox],
    })
    t.equal(message.header('from'), mailParameters.SMTPFROM)
    t.equal(message.header('subject'), `[${domain}] Validate your email`)
    const proof = {
      type: 'm.login.email.identity',
      threepid_creds: { sid, client_secret },
    }
    t.match(await prove('carol', proof), { status: 401 }, 'too early')
    t.match(await prove('carol', { type: 'm.login.dummy' }), { status: 401 })
    await isNotMade(t, 'carol')
    const link = linkIn(message)
    t.ok(link.startsWith(`https://${domain}:8448/`), link)
    const page = await open(setting, link)
    t.equal(page.status, 200)
    t.match(page.text, /has now been validated/)
    const made = await prove('carol', proof)
    await isMade(t, made, 'carol')
    const { threepids } = await api(
      setting,
      'GET',
      '/_matrix/client/v3/account/3pid',
      undefined,
      made['access_token'],
    )
    t.match(threepids, [{ medium: 'email', address: mailbox }])
  })

  await t.test('without a mail server: users with a token', async t => {
    await apply(t, openTo)
    const asked = await register(account('dora'))
    t.equal(asked.status, 401)
    t.strictSame(stagesOf(asked), byTokenStages)
    t.match(await byToken('dora', 'n0t0ne'), { status: 401 })
    t.match(await prove('dora', { type: 'm.login.dummy' }), { status: 401 })
    await isNotMade(t, 'dora')
    const token = await tokenFor(t)
    await isMade(t, await byToken('dora', token), 'dora')
    t.match(await byToken('emil', token), { status: 401 }, 'only once')
    await isNotMade(t, 'emil')
  })

  await t.test('a token is valid for the given number of accounts', async t => {
    const token = await tokenFor(t, '--uses', '2')
    for (const name of ['fritz', 'gerda']) {
      await isMade(t, await byToken(name, token), name)
    }
    t.equal(await isValid(token), false)
  })

  await t.test('a token is valid for the given time', async t => {
    const token = await tokenFor(t, '--expires', '1h')
    t.equal(await isValid(token), true)
    const text = await cook(['token', '--expires', '4w', '--uses=3', '--json'])
    const said = JSON.parse(text.stdout)
    const { token: other, expires, ...rest } = said
    t.strictSame(rest, { result: 'ok', uses: 3, exit: 0 })
    const days = (Date.parse(expires) - Date.now()) / (24 * 60 * 60 * 1000)
    t.ok(days > 27.9 && days <= 28, `${days} days`)
    const env = { MATRIX_SHARED_SECRET: secret(jail) }
    const admin = ['register', 'boss', 's3cr3t', '--admin']
    const { access_token } = await client([...secure, ...admin], env)
    const { registration_tokens } = await api(
      setting,
      'GET',
      '/_synapse/admin/v1/registration_tokens',
      undefined,
      access_token,
    )
    const all = registration_tokens as Record<string, unknown>[]
    t.match(
      all.find(each => each['token'] === other),
      {
        uses_allowed: 3,
        expiry_time: Date.parse(expires),
      },
    )
    const hours =
      (Number(all.find(each => each['token'] === token)?.['expiry_time']) -
        Date.now()) /
      (60 * 60 * 1000)
    t.ok(hours > 0.9 && hours <= 1, `${hours} hours`)
    t.match(all[0], { uses_allowed: 1, expiry_time: null })
  })

  await t.test('with REGISTRATIONVERIFY=none everybody can', async t => {
    await apply(t, { ...byMail, REGISTRATIONVERIFY: 'none' })
    const asked = await register(account('heidi'))
    t.equal(asked.status, 401)
    t.ok(stagesOf(asked).some(stages => stages.join() === 'm.login.dummy'))
    await isMade(t, await prove('heidi', { type: 'm.login.dummy' }), 'heidi')
    const { stderr } = await cook(['token'])
    t.match(stderr, /^warning: nobody needs this token: registration does not/)
  })

  await t.test('a token can be required despite a mail server', async t => {
    await apply(t, { ...byMail, REGISTRATIONVERIFY: 'token' })
    const token = await tokenFor(t)
    for (const [first] of stagesOf(await register({}))) {
      t.equal(first, tokenType)
    }
    await isMade(t, await byToken('inge', token), 'inge')
    t.equal(post.waiting(), 0)
  })
}
