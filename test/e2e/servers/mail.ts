// Synapse's mails, over a real mail server in each of its modes: a password is
// reset by the link in a mail.

import { readFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import type { Port } from '../../jail/mail-server.ts'
import { api, logIn } from '../api.ts'
import {
  linkIn,
  login,
  mailParameters,
  nextMail,
  open,
  ownCa,
  settleWithMail,
  submit,
  type Served,
} from './post.ts'
import { domain, type Kind } from '../setting.ts'

const ports: (Omit<Port, 'pair'> & { isStrange?: boolean })[] = [
  { port: 25, tls: 'starttls', auth: ['PLAIN'] },
  { port: 465, tls: 'implicit', auth: ['CRAM-MD5'] },
  { port: 587, tls: 'starttls', auth: ['PLAIN', 'LOGIN'] },
  { port: 1025, tls: 'none', auth: ['PLAIN'] },
  { port: 1465, tls: 'implicit', auth: ['LOGIN'] },
  { port: 2025, tls: 'starttls', auth: ['PLAIN'], isStrange: true },
  { port: 2465, tls: 'implicit', auth: ['PLAIN'], isStrange: true },
]

/** The full host name of the jail. */
const fullName = 'matrix.jail.example'

const mailbox = 'alice@mail.example.com'
const requestPath = '/_matrix/client/v3/account/password/email/requestToken'
const passwordPath = '/_matrix/client/v3/account/password'

interface Case {
  what: string
  given: Record<string, string>
  /** Whether the mail is sent over TLS. */
  secure: boolean
  /** SMTPFROM, and what a mail program shows. */
  from?: readonly [string, string]
  /** The beginning of links. */
  link?: string
}

const atHome = `https://${domain}:8448/`

const cases: readonly Case[] = [
  { what: 'TLS on 465', given: { SMTPPORT: '465' }, secure: true },
  {
    what: 'STARTTLS on 587',
    given: { SMTPPORT: '587' },
    secure: true,
    from: [
      '"Müller & Söhne, GmbH" <noreply@example.com>',
      'Müller & Söhne, GmbH <noreply@example.com>',
    ],
  },
  {
    what: 'TLS by SMTPTLS',
    given: { SMTPPORT: '1465', SMTPTLS: 'implicit' },
    secure: true,
    from: ['%(app)s <noreply@example.com>', 'Matrix <noreply@example.com>'],
  },
  {
    what: 'STARTTLS by SMTPTLS',
    given: { SMTPTLS: 'starttls', PUBLICURL: 'https://chat.example.com/' },
    secure: true,
    link: 'https://chat.example.com/',
  },
  {
    what: 'STARTTLS where it is offered',
    given: {},
    secure: true,
    from: ['noreply@example.com', 'noreply@example.com'],
  },
  {
    what: 'STARTTLS by an authority of SMTPCA',
    given: { SMTPPORT: '2025', SMTPTLS: 'starttls', SMTPCA: ownCa },
    secure: true,
  },
  {
    what: 'TLS by an authority of SMTPCA',
    given: { SMTPPORT: '2465', SMTPTLS: 'implicit', SMTPCA: ownCa },
    secure: true,
  },
  {
    what: 'no TLS where none is offered',
    given: { SMTPPORT: '1025' },
    secure: false,
    from: ['"A. B." <noreply@example.com>', '"A. B." <noreply@example.com>'],
  },
  {
    what: 'no TLS in spite of an offer',
    given: { SMTPPORT: '587', SMTPTLS: 'none' },
    secure: false,
    from: [
      `${'Größe '.repeat(20)}<noreply@example.com>`,
      `${'Größe '.repeat(20)}<noreply@example.com>`,
    ],
  },
]

/** Bytes from a client that must not identify itself. */
const quiet = /^EHLO [^\r\n]+\r\n(STARTTLS\r\n\x16[^]*|QUIT\r\n)?$/

const strange = /:2\d+ sends a certificate that comes from an authority that /

interface Refusal {
  what: string
  given: Record<string, string>
  /** What the mail server received. */
  sent: RegExp
  /** The warning of cook. */
  told: RegExp
}

const refusals: readonly Refusal[] = [
  {
    what: 'without STARTTLS where it is required',
    given: { SMTPPORT: '1025', SMTPTLS: 'starttls' },
    sent: quiet,
    told: /:1025 offers no STARTTLS/,
  },
  {
    what: 'where nobody knows the authority, by STARTTLS',
    given: { SMTPPORT: '2025', SMTPTLS: 'starttls' },
    sent: quiet,
    told: strange,
  },
  {
    what: 'where nobody knows the authority, if TLS was offered',
    given: { SMTPPORT: '2025' },
    sent: quiet,
    told: strange,
  },
  {
    what: 'where nobody knows the authority, by TLS',
    given: { SMTPPORT: '2465', SMTPTLS: 'implicit' },
    sent: /^\x16/,
    told: strange,
  },
]

/** Requests a reset of alice's password. @returns Synapse's answer */
const forget = (setting: Served['setting'], secret: string) =>
  api(setting, 'POST', requestPath, {
    client_secret: secret,
    email: mailbox,
    send_attempt: 1,
  })

/** Sets a password with the proof from a mail. */
const setPassword = async (
  { setting }: Served,
  password: string,
  proved: { sid: unknown; client_secret: string },
) => {
  const asked = await api(setting, 'POST', passwordPath, {
    new_password: password,
  })
  return api(setting, 'POST', passwordPath, {
    new_password: password,
    auth: {
      type: 'm.login.email.identity',
      session: asked['session'],
      threepid_creds: proved,
    },
  })
}

/** The unencrypted commands of a client, without passwords. */
const steps = (sent: string): string[] =>
  (sent.split('\x16')[0] ?? '')
    .split('\r\n')
    .flatMap(
      line =>
        line.match(/^(EHLO .*|STARTTLS|AUTH \S+|MAIL FROM:.*)/)?.[0] ?? [],
    )

/** User and password as unencrypted SMTP sends them. */
const inTheClear = [
  login.password,
  Buffer.from(`\0${login.user}\0${login.password}`).toString('base64'),
  Buffer.from(login.password).toString('base64'),
]

/** Runs the probe of cook. @returns its warning about the server */
const applied = async (
  t: Test,
  { setting, post }: Served,
  given: Record<string, string>,
) => {
  const parameters = { ...mailParameters, ...given }
  const { code, stderr } = await setting.cook([], parameters)
  t.equal(code, 0, stderr)
  const heard = await post.ended()
  t.equal(heard.length, 1, 'cook has connected once')
  const told = stderr.match(/^warning: the mail server .*$/m)?.[0] ?? ''
  return { told, sent: heard[0]?.sent ?? '' }
}

export const mail = async (t: Test, kind: Kind): Promise<void> => {
  const served = await settleWithMail(t, kind, ports)
  const { setting, post } = served
  const hosts = readFileSync(setting.jail.path('/etc/hosts'), 'utf8')
  const named = hosts.replaceAll(
    /^(\S+) .*\bmatrix$/gm,
    `$1 ${fullName} matrix`,
  )
  writeFileSync(setting.jail.path('/etc/hosts'), named)
  let password = 'the first one'

  await t.test('a user with a mailbox', async t => {
    t.equal((await applied(t, served, {})).told, '')
    writeFileSync(setting.jail.path('/root/password'), password)
    const args = ['user', 'alice', '--admin', '--password-file']
    const made = await setting.cook([...args, '/root/password'])
    t.equal(made.code, 0, made.stderr)
    const { access_token } = await logIn(setting, 'alice', password)
    const id = encodeURIComponent(`@alice:${domain}`)
    const path = `/_synapse/admin/v2/users/${id}`
    const threepids = [{ medium: 'email', address: mailbox }]
    const { status } = await api(
      setting,
      'PUT',
      path,
      { threepids },
      access_token,
    )
    t.equal(status, 200)
  })

  for (const [n, { what, ...one }] of cases.entries()) {
    await t.test(`a new password by mail, ${what}`, async t => {
      const { given, secure, from, link: home } = one
      const [sender, shown] = from ?? Array(2).fill(mailParameters.SMTPFROM)
      const probe = await applied(t, served, { SMTPFROM: sender, ...given })
      t.equal(probe.told, '')
      const secret = `secret-${n}`
      const { sid } = await forget(setting, secret)

      const { message, ...arrived } = await nextMail(post)
      t.match(arrived, {
        secure,
        user: login.user,
        from: 'noreply@example.com',
        to: [mailbox],
      })
      t.equal(message.header('from'), shown)
      t.match(message.raw('from'), /(^|<)noreply@example\.com>?$/)
      // Replies go to the sender, with or without a Reply-To header.
      t.equal(message.header('reply-to') || shown, shown)
      t.equal(message.header('to'), mailbox)
      t.equal(message.header('subject'), `[${domain}] Password reset`)
      const [{ sent } = { sent: '' }] = await post.ended()
      t.equal(
        inTheClear.some(text => sent.includes(text)),
        !secure,
      )
      const isImplicit = given['SMTPPORT']?.endsWith('465') === true
      t.equal(/^STARTTLS/m.test(sent), secure && !isImplicit)
      t.same(steps(probe.sent), steps(sent), 'cook has gone the same way')
      if (!isImplicit) {
        t.match(steps(sent)[0], `EHLO ${fullName}`)
      }

      const link = linkIn(message)
      t.ok(link.startsWith(home ?? atHome), link)
      const page = await open(setting, link)
      t.equal(page.status, 200)
      const proved = { sid, client_secret: secret }
      // Short: bcrypt compares the first 72 bytes alone.
      const next = `the new password ${n}`
      t.match(await setPassword(served, next, proved), { status: 401 }, 'early')
      const pressed = await submit(setting, link, page.text)
      t.equal(pressed.status, 200)
      t.match(await setPassword(served, next, proved), { status: 200 })
      t.match(await logIn(setting, 'alice', password), { status: 403 })
      t.match(await logIn(setting, 'alice', next), {
        status: 200,
        user_id: `@alice:${domain}`,
      })
      password = next
    })
  }

  for (const [n, { what, given, sent: only, told }] of refusals.entries()) {
    await t.test(`no mail and no password ${what}`, async t => {
      const probe = await applied(t, served, given)
      t.match(probe.told, told)
      // If TLS failed, Synapse never answers.
      forget(setting, `in-vain-${n}`).catch(() => undefined)
      for (const { sent } of [probe, ...(await post.ended())]) {
        t.match(sent, only)
        t.notOk(inTheClear.some(text => sent.includes(text)))
      }
      t.equal(post.waiting(), 0)
    })
  }
}
