// Planted faults of the servers that Synapse uses, and of its certificate.

import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { settleWithBoth, well } from '../servers/outside.ts'
import { domain, whyNot, type Setting } from '../setting.ts'
import { doctor, isHealthy, planting, type Planted } from './planted.ts'

const certificate = `/mnt/matrixdata/tls/${domain}.crt`

/** A mail server that lets everybody wait for its greeting. */
const startSlowly = async (t: Test, { jail }: Setting): Promise<void> => {
  const child = jail.spawn(
    [
      process.execPath,
      '-e',
      `require('net').createServer(socket => socket.on('error', () => {}))
        .listen(4587, '10.192.0.25', () => console.log('up'))`,
    ],
    { host: true, input: '' },
  )
  t.teardown(() => child.kill('SIGKILL'))
  await new Promise(resolve => child.stdout!.once('data', resolve))
}

const test = async (t: Test): Promise<void> => {
  const { setting } = await settleWithBoth(t, 'bundle')
  const { jail, cook } = setting
  await startSlowly(t, setting)
  const cooked = async (parameters = {}): Promise<void> => {
    const { code, stderr } = await cook([], { ...well, ...parameters })
    t.equal(code, 0, stderr)
  }
  await cooked()
  await t.test('a healthy server has no finding', t => isHealthy(t, setting))

  /** A server that has changed, from the side of cook. */
  const given = (parameters: Record<string, string>) => ({
    plant: () => cooked(parameters),
    heal: async () => undefined,
  })
  let kept = ''
  const faults: readonly Planted[] = [
    {
      what: 'its filter fits nobody',
      ...given({ LDAPFILTER: '(uid=bob)' }),
      first: 'ldap-users',
      says: /^the LDAP server ldap\S+ has nobody who can log in: LDAPFILTER/,
    },
    {
      what: 'its password is wrong',
      ...given({ LDAPPASSWORD: 'M4RK3R' }),
      first: 'ldap-login',
      says: /refuses the login: is LDAPPASSWORD or LDAPBINDDN wrong/,
    },
    {
      what: 'nobody is there',
      ...given({ LDAPSERVER: '10.192.0.25' }),
      first: 'ldap-server',
      says: /^the LDAP server 10.192.0.25:389 refuses the connection/,
    },
    {
      what: 'the mail server refuses the sender',
      ...given({ SMTPPORT: '5587', SMTPTLS: 'starttls' }),
      first: 'mail-refused',
      says: /refuses a mail from SMTPFROM, \S+: 553 who are you$/,
    },
    {
      what: 'the mail server refuses the recipient',
      ...given({ SMTPPORT: '3587', SMTPTLS: 'starttls' }),
      first: 'mail-refused',
      says: /refuses a mail from \S+ to ALERTEMAIL, \S+: 550 no relay for you$/,
    },
    {
      what: 'the password of SMTPUSER is wrong',
      ...given({ SMTPPASS: 'M4RK3R' }),
      first: 'mail-login',
      says: /refuses the login: is SMTPUSER or SMTPPASS wrong/,
    },
    {
      what: 'the mail server is away',
      plant: () => cooked({ SMTPPORT: '26' }),
      heal: cooked,
      first: 'mail-server',
      says: /^the mail server mail.example.com:26 refuses the connection/,
    },
    {
      what: 'the certificate cannot be used',
      plant: async () => {
        kept = readFileSync(jail.path(certificate), 'utf8')
        writeFileSync(jail.path(certificate), 'hello\n')
      },
      heal: async () => writeFileSync(jail.path(certificate), kept),
      first: 'certificate-unusable',
      says: /^\/mnt\/matrixdata\/tls\/\S+.crt: /,
    },
  ]
  await planting(t, setting, faults)

  await t.test('a mail server that waits is no finding', async t => {
    await cooked({ SMTPPORT: '4587', SMTPTLS: 'starttls' })
    const { findings, unseen } = await doctor(setting)
    t.same(findings, [])
    const names = ['mail-server', 'mail-login', 'mail-refused']
    t.match(unseen, [{ unseen: names, why: / but sends nothing within 3 s/ }])
  })
}

const why = whyNot('bundle')
await (why ? t.plan(0, why) : t.test('faults of servers outside', test))
