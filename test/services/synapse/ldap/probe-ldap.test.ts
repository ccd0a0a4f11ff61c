// The warnings about LDAP servers: real ones with and without problems.

import { spawn } from 'node:child_process'
import t from 'tap'
import type { Test } from 'tap'
import { paths } from '../../../../lib/contract/paths.ts'
import { Secret } from '../../../../lib/contract/secret.ts'
import { ldapOutside } from '../../../../lib/services/synapse/ldap/ldap.ts'
import type { LdapServer } from '../../../../lib/services/synapse/ldap/probe-ldap.ts'
import { asked } from '../../../small/asking.ts'
import { fakePython } from '../../../small/fake-python.ts'
import { hostIn } from '../../../small/host-in.ts'
import { makeAuthority, type Pair } from '../../../jail/authority.ts'
import type { Jail } from '../../../jail/jail.ts'
import {
  hashed,
  startLdapServer,
  type Entry,
} from '../../../jail/ldap-server.ts'
import { free, listeningRaw } from '../../../support/listening.ts'

// Each server has 3 s to answer, which those of the tests at work here share.
t.jobs = 2

const system = makeAuthority('system')
const own = makeAuthority('own')
const names = 'IP:127.0.0.1,DNS:localhost'

const suffix = 'dc=example,dc=com'
const password = ' p"ä\\%$'
const manager = `cn=ma\\+n \\<a\\>,${suffix}`
const base = `ou=P\\, “e”,${suffix}`

const attributes = { uid: 'uid', mail: 'mail', name: 'givenName' }

/** This machine as the host of a jail. */
const here: Pick<Jail, 'spawn'> = {
  spawn: ([file = '', ...args]) =>
    spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] }),
}

const unit = (ou: string): Entry => ({
  dn: `ou=${ou},${suffix}`,
  attributes: { objectClass: 'organizationalUnit', ou },
})

const person = (uid: string, under: string, more: Entry['attributes']) => ({
  dn: `uid=${uid},${under}`,
  attributes: { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid, ...more },
})

const people: readonly Entry[] = [
  // The first has no address, the second no name.
  person('ada', base, { givenName: 'Ada' }),
  person('bob', base, { mail: 'bob@example.com', title: 'a*b (ü)' }),
  unit('Empty'),
  unit('Nameless'),
  person('cyd', `ou=Nameless,${suffix}`, { mail: 'cyd@example.com' }),
  person('dan', `ou=Nameless,${suffix}`, {}),
]

/** An LDAP server with its two ports. */
const slapd = async (t: Test, pair: Pair) => {
  const address = '127.0.0.1'
  const [plain, secure] = [await free(), await free()]
  const ports = { plain: plain.port, secure: secure.port }
  await startLdapServer(t, here, {
    ...{ addresses: [address], ports, pair, suffix },
    entries: [
      { dn: suffix, attributes: { objectClass: 'domain', dc: 'example' } },
      {
        dn: base,
        attributes: { objectClass: 'organizationalUnit', ou: 'P, “e”' },
      },
      {
        dn: manager,
        attributes: {
          objectClass: ['organizationalRole', 'simpleSecurityObject'],
          cn: 'ma+n <a>',
          userPassword: hashed(password),
        },
      },
      ...people,
    ],
  })
  return ports
}

type Ports = Awaited<ReturnType<typeof slapd>>

const ask = async (
  t: Test,
  given: Partial<LdapServer>,
  files: Record<string, string> = {},
) => {
  const host = hostIn(t, {
    ...files,
    '/etc/ssl/cert.pem':
      makeAuthority('first').certificate + system.certificate,
    [paths.ldapCa]: own.certificate,
  })
  const server: LdapServer = {
    ...{ host: '127.0.0.1', port: 1, security: 'none' },
    ...{ caPath: undefined, bindDn: manager, base, filter: undefined },
    ...{ attributes, administrator: undefined },
    password: new Secret(password),
    ...given,
  }
  const { told, seconds } = await asked(host, [ldapOutside(server)])
  t.notMatch(told, password)
  t.ok(seconds < 6, `${seconds} s`)
  const name = `warning: the LDAP server ${server.host}:${server.port} `
  t.ok(told === '' || told.startsWith(name), told)
  return told.slice(name.length, -1)
}

const quotedBase = JSON.stringify(base)

interface Case {
  what: string
  given: Partial<LdapServer>
  told?: string
}

const all =
  '. While no LDAP server answers, nobody can log in: local accounts have to ' +
  'wait, too'

const notTrusted =
  'sends a certificate that comes from an authority that is not trusted, or ' +
  'lacks the intermediate certificate that the server should send '

const starttls = { security: 'starttls' } as const
const ldaps = { security: 'ldaps' } as const

const withSystem: readonly Case[] = [
  { what: 'no TLS', given: {} },
  { what: 'STARTTLS', given: starttls },
  { what: 'ldaps', given: ldaps },
  { what: 'a name', given: { ...ldaps, host: 'localhost' } },
  {
    what: 'a wrong password',
    given: { password: new Secret('P4SSW0RD') },
    told:
      'refuses the login: is LDAPPASSWORD or LDAPBINDDN wrong? ' +
      `(${JSON.stringify(manager)})`,
  },
  {
    what: 'a manager whom nobody knows',
    given: { ...ldaps, bindDn: `cn=Manager,${suffix}` },
    told:
      'refuses the login: is LDAPPASSWORD or LDAPBINDDN wrong? ' +
      `("cn=Manager,${suffix}")`,
  },
  {
    what: 'a base that is not there',
    given: { ...starttls, base: `ou=Staff,${suffix}` },
    told: `has no such entry: LDAPBASE is "ou=Staff,${suffix}"`,
  },
  {
    what: 'a base elsewhere',
    given: { base: 'dc=example,dc=net' },
    told: 'has no such entry: LDAPBASE is "dc=example,dc=net"',
  },
  {
    what: 'an attribute for names that no user has',
    given: { attributes: { ...attributes, uid: 'sAMAccountName' } },
    told:
      `has nobody who can log in: no entry below LDAPBASE, ${quotedBase} ` +
      'has the attribute sAMAccountName (LDAPUID)',
  },
  {
    what: 'a filter that fits nobody',
    given: { ...starttls, filter: '(title=b*)' },
    told:
      'has nobody who can log in: LDAPFILTER, "(title=b*)", fits no user ' +
      `below LDAPBASE, ${quotedBase}`,
  },
  {
    what: 'a filter that fits somebody',
    given: { filter: '(&(title=a\\2ab \\28ü\\29)(!(|(cn=ada)(cn~=x))))' },
    // What bob lacks, no user of the filter has.
    told: 'has no user with the attribute givenName (LDAPNAME)',
  },
  {
    what: 'a filter and an attribute that nobody has',
    given: {
      filter: '(title=a*)',
      attributes: { ...attributes, uid: 'employeeNumber' },
    },
    told:
      `has nobody who can log in: no entry below LDAPBASE, ${quotedBase} ` +
      'has the attribute employeeNumber (LDAPUID)',
  },
  {
    what: 'a branch without entries',
    given: { ...ldaps, base: `ou=Empty,${suffix}` },
    told:
      'has nobody who can log in: there is no entry below LDAPBASE, ' +
      `"ou=Empty,${suffix}"`,
  },
  {
    what: 'a branch in which nobody has a name, and only some an address',
    given: { base: `ou=Nameless,${suffix}` },
    told: 'has no user with the attribute givenName (LDAPNAME)',
  },
  {
    what: 'attributes that nobody has',
    given: { attributes: { uid: 'UID', mail: 'eMail', name: 'displayName' } },
    told:
      'has no user with the attribute eMail (LDAPMAIL) and displayName ' +
      '(LDAPNAME)',
  },
  {
    what: 'an administrator who is there',
    given: { administrator: 'bob', filter: '(sn=bob)' },
    // What bob lacks.
    told: 'has no user with the attribute givenName (LDAPNAME)',
  },
  {
    what: 'an administrator who is not there',
    given: { administrator: 'b*' },
    told:
      'has no user b* (ADMINUSER), who cannot log in otherwise with ' +
      'LDAPONLY=yes',
  },
  {
    what: 'an administrator whom the filter keeps out',
    given: { administrator: 'bob', filter: '(sn=ada)' },
    told:
      'has no user bob (ADMINUSER), who cannot log in otherwise with ' +
      'LDAPONLY=yes',
  },
  {
    what: 'attributes in other letters',
    given: { attributes: { uid: 'UID', mail: 'MAIL', name: 'givenname' } },
  },
  {
    what: 'an authority that LDAPCA has not',
    given: { ...starttls, caPath: paths.ldapCa },
    told: `${notTrusted}(Synapse trusts LDAPCA alone)`,
  },
]

const withOwn: readonly Case[] = [
  { what: 'STARTTLS by LDAPCA', given: { ...starttls, caPath: paths.ldapCa } },
  { what: 'ldaps by LDAPCA', given: { ...ldaps, caPath: paths.ldapCa } },
  {
    what: 'an authority that the system has not, by STARTTLS',
    given: starttls,
    told: `${notTrusted}(Synapse trusts the jail's system, /etc/ssl)`,
  },
  {
    what: 'an authority that the system has not',
    given: ldaps,
    told: `${notTrusted}(Synapse trusts the jail's system, /etc/ssl)`,
  },
]

const otherName: readonly Case[] = [
  {
    what: 'a certificate for another name, by STARTTLS',
    given: starttls,
    told: 'sends a certificate for a.example, not for 127.0.0.1',
  },
  {
    what: 'a certificate for another name',
    given: ldaps,
    told: 'sends a certificate for a.example, not for 127.0.0.1',
  },
]

const servers: readonly [string, Pair, readonly Case[]][] = [
  ['an authority of the system', system.sign(names), withSystem],
  ['an authority of its own', own.sign(names), withOwn],
  ['another name', system.sign('DNS:a.example'), otherName],
]

for (const [which, pair, cases] of servers) {
  t.test(`a server with ${which}`, async t => {
    const ports: Ports = await slapd(t, pair)
    for (const { what, given, told = '' } of cases) {
      const isSecure = given.security === 'ldaps'
      const port = isSecure ? ports.secure : ports.plain
      t.equal(await ask(t, { port, ...given }), told, what)
    }
    const swapped = await ask(t, { port: ports.plain, ...ldaps })
    t.match(swapped, /^(closes the connection|fails the TLS handshake)/)
  })
}

t.test('a server without TLS', async t => {
  const { port } = await listeningRaw(t, socket => {
    // RFC 4511, 4.14.2: protocolError, for an unknown operation.
    const refusal = '300c02010278070a010204000400'
    socket.on('error', () => undefined)
    socket.on('data', () => void socket.write(Buffer.from(refusal, 'hex')))
  })
  t.equal(
    await ask(t, { port, ...starttls }),
    'offers no STARTTLS: try LDAPTLS=ldaps',
  )
})

t.test('a base that the manager cannot see', async t => {
  // Success, for the login and for a search without result.
  const answers = [
    '300c02010261070a010004000400',
    '300c02010365070a010004000400',
  ]
  const { port } = await listeningRaw(t, socket => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      socket.write(Buffer.from(answers.shift() ?? '', 'hex'))
    })
  })
  const told = `has no such entry: LDAPBASE is ${JSON.stringify(base)}`
  t.equal(await ask(t, { port }), told)
})

// The login and the base succeed.
const fine = [
  '300c02010261070a010004000400',
  '3009020103640404003000300c02010365070a010004000400',
]

t.test('a slow search does not mean that nobody can log in', async t => {
  const answers = [...fine]
  const { port } = await listeningRaw(t, socket => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      socket.write(Buffer.from(answers.shift() ?? '', 'hex'))
    })
  })
  t.equal(
    await ask(t, { port }),
    'does not answer the search for users within 3 s',
  )
})

t.test('a server that does not search for all users', async t => {
  // RFC 4511, 4.1.9: unwillingToPerform.
  const answers = [...fine, '300c02010465070a013504000400']
  const { port } = await listeningRaw(t, socket => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      socket.write(Buffer.from(answers.shift() ?? '', 'hex'))
    })
  })
  t.equal(await ask(t, { port }), '')
  t.same(answers, [])
})

t.test('a server that closes the connection', async t => {
  const { port } = await listeningRaw(t, socket => void socket.end())
  for (const security of ['none', 'starttls', 'ldaps'] as const) {
    t.equal(await ask(t, { port, security }), 'closes the connection')
  }
})

t.test('a server that never answers', async t => {
  const { port } = await listeningRaw(t, () => undefined)
  const [plain, upgraded, secure] = await Promise.all(
    (['none', 'starttls', 'ldaps'] as const).map(security =>
      ask(t, { port, security }),
    ),
  )
  t.equal(plain, `does not answer the login within 3 s${all}`)
  t.equal(upgraded, `does not answer STARTTLS within 3 s${all}`)
  t.equal(secure, `does not answer in TLS within 3 s${all}`)
})

t.test('an address counts as the Python of Synapse has it', async t => {
  const later = fakePython(t, 'echo False')
  const told =
    "is given by its address, but Synapse's LDAP module accepts certificates " +
    'for host names only, with Python 3.12 or later: set LDAPSERVER to the ' +
    'host name in the certificate'
  const { plain, secure } = await slapd(t, system.sign(names))
  for (const [port, security] of [
    [plain, 'starttls'],
    [secure, 'ldaps'],
  ] as const) {
    const given = { port, security }
    t.equal(await ask(t, given, later), told, security)
    t.equal(await ask(t, given, fakePython(t, 'echo True')), '')
    t.equal(await ask(t, { ...given, host: 'localhost' }, later), '')
  }
  t.equal(await ask(t, { port: plain }, later), '', 'without TLS')

  const odd = await slapd(t, system.sign('DNS:127.0.0.1'))
  t.equal(await ask(t, { port: odd.secure, ...ldaps }, later), '', 'as text')
})

t.test('a host name that does not exist', async t => {
  const told = await ask(t, { host: 'a.invalid' })
  t.match(told, /^has a host name that (does not|cannot be) /)
  t.ok(told.endsWith(all), told)
})

t.test('no server at the port', async t => {
  t.equal(
    await ask(t, {}),
    `refuses the connection, or there is no route to it${all}`,
  )
})
