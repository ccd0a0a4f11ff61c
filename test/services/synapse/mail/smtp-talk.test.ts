// What the probe of a mail server says, and what it reports of the replies.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import t from 'tap'
import type { Test } from 'tap'
import { paths } from '../../../../lib/contract/paths.ts'
import { Secret } from '../../../../lib/contract/secret.ts'
import { mailOutside } from '../../../../lib/services/synapse/mail/mail.ts'
import type { MailServer } from '../../../../lib/services/synapse/mail/probe-mail.ts'
import { asked } from '../../../small/asking.ts'
import { fakePython } from '../../../small/fake-python.ts'
import { hostIn } from '../../../small/host-in.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const login = { user: 'm"ä', password: new Secret('p%\\ "ü') }
const envelope = { from: 'noreply@example.com', to: 'admin@example.com' }
const open = { tls: 'opportunistic', login: undefined } as const
const withLogin = { tls: 'none', login } as const

type Replies = Readonly<Record<string, string>>

/** A server with these replies to commands; to others it agrees. */
const answering = async (t: Test, replies: Replies) => {
  const heard: string[] = []
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
    socket.write('220 hello\r\n')
    createInterface({ input: socket }).on('line', line => {
      heard.push(line)
      const known = Object.keys(replies).find(verb => line.startsWith(verb))
      socket.write(`${(known && replies[known]) ?? '250 yes'}\r\n`)
    })
  })
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { port: (server.address() as AddressInfo).port, heard }
}

/** The commands of the probe, and its warning after the name of the server. */
const probed = async (
  t: Test,
  replies: Replies,
  given: Partial<MailServer>,
  files = fakePython(t, 'echo toy'),
) => {
  const { port, heard } = await answering(t, replies)
  const server = { host: '127.0.0.1', port, envelope, ...open, ...given }
  const { told } = await asked(hostIn(t, files), [mailOutside(server)])
  const name = `warning: the mail server 127.0.0.1:${port} `
  t.ok(told === '' || told.startsWith(name), told)
  return { told: told.slice(name.length, -1), heard }
}

const toAdmin = `from ${envelope.from} to ALERTEMAIL, ${envelope.to}`
const fullName =
  ' (Synapse introduces itself as toy, the host name of this jail: does it ' +
  'have to be a full one?)'

interface Case {
  what: string
  replies: Replies
  given?: Partial<MailServer>
  /** The warning after the name of the server; none without problems. */
  told?: string
}

const cases: readonly Case[] = [
  {
    what: 'a server that does not take the sender',
    replies: { MAIL: '553-not your\r\n553 ädress\x1b[31m' },
    told:
      `refuses a mail from SMTPFROM, ${envelope.from}: 553 not your ` +
      'ädress\\u001b[31m',
  },
  {
    what: 'a server that answers MAIL in a way that Synapse does not take',
    replies: { MAIL: '251 perhaps' },
    told: `refuses a mail from SMTPFROM, ${envelope.from}: 251 perhaps`,
  },
  {
    what: 'a server that does not take a mail to the administrator',
    replies: { RCPT: '554 no relay' },
    told: `refuses a mail ${toAdmin}: 554 no relay`,
  },
  {
    what: 'a server that takes a mail only later, while Synapse tries once',
    replies: { RCPT: '450 greylisted' },
    told: `refuses a mail ${toAdmin}: 450 greylisted`,
  },
  {
    what: 'a server that forwards a mail',
    replies: { RCPT: '251 I forward it' },
  },
  {
    what: 'a server that wants a full name and says so at the end',
    replies: {
      RCPT: '504 5.5.2 <toy>: Helo command rejected: need a full hostname',
    },
    told:
      `refuses a mail ${toAdmin}: 504 5.5.2 <toy>: Helo command rejected: ` +
      `need a full hostname${fullName}`,
  },
  {
    what: 'a server that wants a full name and says so at once',
    replies: { EHLO: '501 bad hostname', HELO: '501 bad hostname' },
    told: `rejects this jail: 501 bad hostname${fullName}`,
  },
  {
    what: 'a server without EHLO where nothing else is needed',
    replies: { EHLO: '502 what?' },
  },
  {
    what: 'a server that is busy at EHLO, but not at HELO',
    replies: { EHLO: '421 busy' },
  },
  {
    what: 'a server without EHLO where a login is needed',
    replies: { EHLO: '502 what?' },
    given: withLogin,
    told: 'rejects this jail: 502 what?',
  },
  {
    what: 'a server without EHLO where TLS is needed',
    replies: { EHLO: '502 what?' },
    given: { tls: 'starttls' },
    told: 'rejects this jail: 502 what?',
  },
  {
    what: 'login methods as no standard writes them',
    replies: { EHLO: '250-hi\r\n250 AUTH=PLAIN LOGIN' },
    given: withLogin,
    told:
      'offers no login method without TLS that Synapse supports ' +
      '(CRAM-MD5, LOGIN, PLAIN), but SMTPUSER is set',
  },
  {
    what: 'a server that repeats the password, at the login',
    replies: {
      EHLO: '250-hi\r\n250 AUTH plain',
      AUTH: `535 not ${login.password.reveal()}`,
    },
    given: withLogin,
    told: 'refuses the login: is SMTPUSER or SMTPPASS wrong? 535',
  },
  {
    what: 'a server that repeats the password, in base64 and later',
    replies: {
      EHLO: '250-hi\r\n250 AUTH PLAIN',
      AUTH: '235 in',
      MAIL: `550 ${base64(login.password.reveal())}`,
    },
    given: withLogin,
    told: `refuses a mail from SMTPFROM, ${envelope.from}: 550`,
  },
  {
    what: 'a server that repeats all that it got at the login',
    replies: {
      EHLO: '250-hi\r\n250 AUTH PLAIN',
      AUTH: `454 ${base64(`\0${login.user}\0${login.password.reveal()}`)}`,
    },
    given: withLogin,
    told: 'cannot check the login of SMTPUSER now: 454',
  },
]

for (const { what, replies, given = {}, told = '' } of cases) {
  t.test(what, async t => {
    t.equal((await probed(t, replies, given)).told, told)
  })
}

t.test('the probe says what Synapse says, but sends no mail', async t => {
  const code = 'import socket; print(socket.getfqdn())'
  const name = String(execFileSync('/usr/bin/python3', ['-c', code])).trim()
  const files = { [paths.synapseScript]: 'command=/usr/bin/python3\n' }
  const { told, heard } = await probed(t, {}, {}, files)
  t.equal(told, '')
  t.same(heard, [
    `EHLO ${name}`,
    `MAIL FROM:<${envelope.from}>`,
    `RCPT TO:<${envelope.to}>`,
    'RSET',
    'QUIT',
  ])
})

t.test('without a Python the host name is the next best', async t => {
  const name = String(execFileSync('hostname')).trim()
  const none = await probed(t, {}, {}, { '/tmp/.keep': '' })
  t.equal(none.heard[0], `EHLO ${name}`)
  const failing = await probed(t, {}, {}, fakePython(t, 'echo toy; exit 1'))
  t.equal(failing.heard[0], `EHLO ${name}`)
})

t.test('an address that is not ASCII gets no mail from Synapse', async t => {
  const given = { envelope: { ...envelope, to: 'ädmin@example.com' } }
  const { told, heard } = await probed(t, {}, given)
  t.equal(told, '')
  t.notMatch(heard.join('\n'), 'RCPT')
})
