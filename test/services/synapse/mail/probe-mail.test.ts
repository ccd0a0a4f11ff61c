// The warnings about mail servers: real ones with and without problems.

import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import t from 'tap'
import type { Test } from 'tap'
import { Secret } from '../../../../lib/contract/secret.ts'
import { paths } from '../../../../lib/contract/paths.ts'
import { mailOutside } from '../../../../lib/services/synapse/mail/mail.ts'
import type { MailServer } from '../../../../lib/services/synapse/mail/probe-mail.ts'
import { asked } from '../../../small/asking.ts'
import { hostIn } from '../../../small/host-in.ts'
import {
  makeAuthority,
  makeSelfSigned,
  type Pair,
} from '../../../jail/authority.ts'

// Each server has 3 s to answer, which those of the tests at work here share.
t.jobs = 2

const trusted = makeAuthority('trusted')
const strange = makeAuthority('strange')
const names = 'IP:127.0.0.1,DNS:localhost'
const pair = trusted.sign(names)

const login = { user: 'm"ä', password: new Secret('p%\\ "ü') }

const portOf = async (t: Test, server: Server, close: () => void) => {
  t.teardown(close)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A mail server, by default with STARTTLS and PLAIN. */
const smtp = (t: Test, shown: Pair, options: SMTPServerOptions) => {
  const server = new SMTPServer({
    logger: false,
    cert: shown.certificate,
    key: shown.key,
    authMethods: ['PLAIN'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth: ({ method, username, password, validatePassword }, _, done) =>
      username === login.user &&
      (method === 'CRAM-MD5'
        ? validatePassword(login.password.reveal())
        : password === login.password.reveal())
        ? done(null, { user: username })
        : done(new Error('who is that?')),
    ...options,
  })
  server.on('error', () => undefined)
  return portOf(t, server.listen(0, '127.0.0.1'), () => server.close())
}

/** A server that sends a text and then may stay silent. */
const speaking = (t: Test, text: string, ends = false) => {
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
    socket.write(text)
    ends && socket.end()
  })
  return portOf(t, server.listen(0, '127.0.0.1'), () => server.close())
}

interface Case {
  what: string
  server: (t: Test) => Promise<number>
  given?: Partial<MailServer>
  /** The warning after the name of the server; none without problems. */
  told?: string
}

const envelope = { from: 'noreply@example.com', to: 'admin@example.com' }

const noStarttls = { disabledCommands: ['STARTTLS'] }
const wrongLogin = { user: login.user, password: new Secret('P4SSW0RD') }
const notTrusted =
  'sends a certificate that comes from an authority that is not trusted, or ' +
  'lacks the intermediate certificate that the server should send ' +
  "(Synapse trusts the jail's system, /etc/ssl; SMTPCA can add others)"

const cases: readonly Case[] = [
  { what: 'STARTTLS', server: t => smtp(t, pair, {}) },
  {
    what: 'TLS from the first byte',
    server: t => smtp(t, pair, { secure: true, authMethods: ['LOGIN'] }),
    given: { tls: 'implicit' },
  },
  {
    what: 'no TLS, and no unencrypted password if there is another method',
    server: t =>
      smtp(t, pair, {
        authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
        onAuth: ({ method, validatePassword }, { secure }, done) =>
          !secure &&
          method === 'CRAM-MD5' &&
          validatePassword(login.password.reveal())
            ? done(null, { user: login.user })
            : done(new Error(`not by ${method}`)),
      }),
    given: { tls: 'none' },
  },
  {
    what: 'STARTTLS where it is offered',
    server: t => smtp(t, pair, { authMethods: ['CRAM-MD5'] }),
    given: { tls: 'opportunistic' },
  },
  {
    what: 'no STARTTLS where it may be missing',
    server: t => smtp(t, pair, noStarttls),
    given: { tls: 'opportunistic' },
  },
  {
    what: 'no login if none is configured',
    server: t => smtp(t, pair, { authOptional: true }),
    given: { login: undefined },
  },
  {
    what: 'a name of which only one address answers',
    server: t => smtp(t, pair, {}),
    given: { host: 'localhost' },
  },
  {
    what: 'a wrong password',
    server: t => smtp(t, pair, { authMethods: ['LOGIN', 'PLAIN'] }),
    given: { login: wrongLogin },
    told: 'refuses the login: is SMTPUSER or SMTPPASS wrong? 535 who is that?',
  },
  {
    what: 'a server without any login',
    server: t => smtp(t, pair, { disabledCommands: ['AUTH'] }),
    told:
      'offers no login method that Synapse supports (CRAM-MD5, LOGIN, PLAIN), ' +
      'but SMTPUSER is set',
  },
  {
    what: 'no server at the port',
    server: async () => 1,
    told: 'refuses the connection, or there is no route to it',
  },
  {
    what: 'no STARTTLS where it is required',
    server: t => smtp(t, pair, noStarttls),
    told: 'offers no STARTTLS, so Synapse will send no mail',
  },
  {
    what: 'STARTTLS where TLS is expected from the first byte',
    server: t => smtp(t, pair, {}),
    given: { tls: 'implicit' },
    told: 'fails the TLS handshake: if it expects STARTTLS, set SMTPTLS=starttls',
  },
  {
    what: 'TLS from the first byte where STARTTLS is expected',
    server: t => smtp(t, pair, { secure: true }),
    told:
      'accepts the connection but sends nothing within 3 s: it may be slow, ' +
      'or expect TLS from the first byte (SMTPTLS=implicit)',
  },
  {
    what: 'a certificate for another name',
    server: t => smtp(t, trusted.sign('DNS:a.example,DNS:*.b.example'), {}),
    told: 'sends a certificate for a.example, *.b.example, not for 127.0.0.1',
  },
  {
    what: 'a certificate of an unknown authority',
    server: t => smtp(t, strange.sign(names), {}),
    told: notTrusted,
  },
  {
    what: 'the same, if STARTTLS was only offered',
    server: t => smtp(t, strange.sign(names), {}),
    given: { tls: 'opportunistic' },
    told: notTrusted,
  },
  {
    what: 'an authority of SMTPCA',
    server: t => smtp(t, strange.sign(names), {}),
    given: { caPath: paths.mailCa },
  },
  {
    what: 'an authority that SMTPCA has not either',
    server: t => smtp(t, makeAuthority('third').sign(names), {}),
    given: { caPath: paths.mailCa },
    told: notTrusted.replace('; SMTPCA can add others', ', and SMTPCA'),
  },
  {
    what: 'a self-signed certificate',
    server: t => smtp(t, makeSelfSigned(names), { secure: true }),
    given: { tls: 'implicit' },
    told:
      'sends a certificate that is self-signed and not trusted ' +
      "(Synapse trusts the jail's system, /etc/ssl; SMTPCA can add others)",
  },
  {
    what: 'a certificate that has expired',
    server: t => smtp(t, trusted.sign(names, { from: -9, to: -1 }), {}),
    told: 'sends a certificate that has expired',
  },
  {
    what: 'a certificate from the future',
    server: t => smtp(t, trusted.sign(names, { from: 2, to: 9 }), {}),
    told: 'sends a certificate that is not valid yet',
  },
  {
    what: 'a server that rejects everybody, with control characters',
    server: t => speaking(t, '554-go\r\n554 away\x1b[31m\r\n'),
    told: 'rejects this jail: 554 go away\\u001b[31m',
  },
  {
    what: 'something else than a mail server',
    server: t => speaking(t, 'HTTP/1.1 400 Bad Request\r\n\r\n'),
    told: 'does not speak SMTP on this port',
  },
  {
    what: 'a reply without end',
    server: t => speaking(t, '220-and so on\r\n'.repeat(6000)),
    told: 'sends more than a mail server does',
  },
  {
    what: 'a server that hangs up',
    server: t => speaking(t, '', true),
    told: 'closes the connection',
  },
  {
    what: 'a server that never says a word in TLS',
    server: t => speaking(t, ''),
    given: { tls: 'implicit' },
    told: 'does not answer in TLS within 3 s',
  },
]

for (const { what, server, given, told } of cases) {
  t.test(what, async t => {
    const host = hostIn(t, {
      // The required certificate is not the first.
      '/etc/ssl/cert.pem':
        makeAuthority('first').certificate + trusted.certificate,
      [paths.mailCa]: trusted.certificate + strange.certificate,
    })
    const port = await server(t)
    const outside: MailServer = {
      ...{ host: '127.0.0.1', port, tls: 'starttls', login, envelope },
      ...given,
    }
    const { told: said, seconds } = await asked(host, [mailOutside(outside)])
    const line = `warning: the mail server ${outside.host}:${port} ${told}\n`
    t.equal(said, told === undefined ? '' : line)
    t.notMatch(said, login.password.reveal())
    t.notMatch(said, 'P4SSW0RD')
    t.ok(seconds < 6, `${seconds} s`)
  })
}

t.test('without system roots no certificate is trusted', async t => {
  const port = await smtp(t, pair, {})
  const { told } = await asked(hostIn(t, { '/tmp/.keep': '' }), [
    mailOutside({ host: '127.0.0.1', port, tls: 'starttls', login, envelope }),
  ])
  t.match(told, 'comes from an authority that is not trusted')
})

t.test('a host name that does not exist', async t => {
  const { told } = await asked(hostIn(t, { '/tmp/.keep': '' }), [
    mailOutside({ host: 'a.invalid', port: 25, tls: 'none', login, envelope }),
  ])
  t.match(told, /a\.invalid:25 has a host name that (does not|cannot be)/)
})
