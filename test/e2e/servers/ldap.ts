// Users of a real LDAP server log in to Synapse.

import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Test } from 'tap'
import { makeAuthority } from '../../jail/authority.ts'
import type { Bind } from '../../jail/ldap-server.ts'
import { findSynapse } from '../../jail/synapse.ts'
import { api, logIn, logInByMail } from '../api.ts'
import {
  asUsual,
  caPath,
  ldapParameters,
  manager,
  odd,
  passwordOf,
  servers,
  settleWithLdap,
  suffix,
  whoIs,
  type Staffed,
} from './directory.ts'
import {
  domain,
  jailPicture,
  pid,
  type Kind,
  type Setting,
} from '../setting.ts'

const copy = '/usr/local/etc/matrix-synapse/ldap-ca.pem'

const applied = async (
  t: Test,
  setting: Setting,
  given: Record<string, string>,
): Promise<string> => {
  const parameters = { ...ldapParameters, ...given }
  const { code, stdout, stderr } = await setting.cook([], parameters)
  t.equal(code, 0, stderr)
  return stdout + stderr
}

const people = (name: string) => `uid=${name},ou=people,${suffix}`

/** The binds of a first login: two of the manager, one of the user. */
const first = (name: string, tls: boolean): Bind[] =>
  Array(2)
    .fill([manager, people(name)])
    .flat()
    .map(dn => ({ dn, tls, right: true }))

/** DNs without the case and spaces that servers ignore. */
const plain = (binds: readonly Bind[]) =>
  binds.map(bind => ({ ...bind, dn: bind.dn.toLowerCase() }))

interface Case {
  what: string
  given: Record<string, string>
  /** A user who has not logged in before. */
  user: string
  tls: boolean
}

const ways: readonly Case[] = [
  {
    what: 'by STARTTLS',
    given: { LDAPTLS: 'starttls', LDAPCA: caPath },
    user: 'bob',
    tls: true,
  },
  {
    what: 'by TLS',
    given: { LDAPTLS: 'ldaps', LDAPCA: caPath },
    user: 'carol',
    tls: true,
  },
]

const atAddress: Case = {
  what: 'by TLS at an IPv6 address',
  given: {
    LDAPSERVER: 'fd00::40',
    LDAPTLS: 'ldaps',
    LDAPCA: caPath,
  },
  user: 'dora',
  tls: true,
}

const knowsAddresses = (): boolean =>
  Number(findSynapse().python.replace('python3.', '')) < 12

/**
 * Gives Synapse a Python without ssl.match_hostname, as all from 3.12 on are.
 * @returns what gives it its own again
 */
const withLaterPython = async ({ jail }: Setting) => {
  const { python, executable } = findSynapse()
  const home = '/usr/local/later'
  const own = `/usr/local/lib/${python}/site-packages`
  const packages = `${home}/lib/${python}/site-packages`
  for (const path of [packages, `${home}/bin`]) {
    mkdirSync(jail.path(path), { recursive: true })
  }
  symlinkSync(executable, jail.path(`${home}/bin/${python}`))
  for (const [path, text] of [
    [`${home}/pyvenv.cfg`, `home = ${dirname(executable)}\n`],
    [`${packages}/all.pth`, `${own}\n`],
    [
      `${packages}/sitecustomize.py`,
      'import ssl\nvars(ssl).pop("match_hostname", 0)\n',
    ],
  ] as const) {
    writeFileSync(jail.path(path), text)
  }
  const script = jail.path('/usr/local/etc/rc.d/synapse')
  const before = readFileSync(script, 'utf8')
  const change = async (text: string): Promise<void> => {
    await jail.exec(['service', 'synapse', 'stop'])
    writeFileSync(script, text)
  }
  await change(before.replaceAll('/usr/local/bin/python', `${home}/bin/python`))
  return () => change(before)
}

const strangers: readonly (readonly [string, Record<string, string>])[] = [
  ['its authority is not known, by STARTTLS', { LDAPTLS: 'starttls' }],
  ['its authority is not known, by TLS', { LDAPTLS: 'ldaps' }],
  [
    'it has another name, by STARTTLS',
    { LDAPSERVER: servers.alias.host, LDAPTLS: 'starttls', LDAPCA: caPath },
  ],
  [
    'it has another name, by TLS',
    { LDAPSERVER: servers.alias.host, LDAPTLS: 'ldaps', LDAPCA: caPath },
  ],
]

const plainly = async (t: Test, { setting, own }: Staffed): Promise<void> => {
  const told = await applied(t, setting, {})
  t.match(told, 'warning: LDAPTLS (default): "none" sends passwords unenc')
  t.equal((await own.binds(1)).length, 1, 'cook has asked it once')
  t.same(await whoIs(setting, 'alice'), asUsual('alice'))
  t.same(plain(await own.binds(4)), plain(first('alice', false)))

  t.equal(await whoIs(setting, 'alice', 'alice'), 403)
  t.equal(await whoIs(setting, 'alice', ''), 403)
  t.equal(await whoIs(setting, 'nobody', 'x'), 403)
  t.equal(await whoIs(setting, '*'), 403)
  t.same(
    await whoIs(setting, 'ALICE', passwordOf('alice')),
    asUsual('alice'),
    'one account, in whatever case it is asked for',
  )
  const address = 'gustav@mail.example.com'
  t.match(await logInByMail(setting, address, passwordOf('gustav')), {
    status: 200,
    user_id: `@gustav:${domain}`,
  })
  t.same(
    await whoIs(setting, 'many'),
    { ...asUsual('many'), mail: [] },
    'of several addresses none is the one',
  )

  writeFileSync(setting.jail.path('/root/password'), 'of this server')
  const args = ['user', 'local', '--password-file', '/root/password']
  const made = await setting.cook(args)
  t.equal(made.code, 0, made.stderr)
  t.match(await whoIs(setting, 'local', 'of this server'), {
    id: `@local:${domain}`,
  })
  await own.binds(0)
}

/** Changes of the certificates in LDAPCA. */
const renewed = async (t: Test, { setting }: Staffed): Promise<void> => {
  const { jail } = setting
  const given = { LDAPTLS: 'starttls', LDAPCA: caPath }
  const theirs = readFileSync(jail.path(caPath), 'utf8')
  await applied(t, setting, given)
  const { mode, uid, gid } = statSync(jail.path(copy))
  t.equal(mode & 0o777, 0o644)
  const { uid: root, gid: wheel } = statSync(jail.path('/usr/local/etc'))
  t.same([uid, gid], [root, wheel])
  t.equal(readFileSync(jail.path(copy), 'utf8'), theirs)

  const before = { pid: pid(jail), files: jailPicture(jail) }
  writeFileSync(jail.path(caPath), `# the same\n${theirs}`)
  await applied(t, setting, given)
  t.equal(pid(jail), before.pid, 'words between certificates are none')
  t.equal(readFileSync(jail.path(copy), 'utf8'), theirs)

  const next = theirs + makeAuthority('The next one').certificate
  writeFileSync(jail.path(caPath), next)
  t.equal(
    (await setting.cook(['plan'], { ...ldapParameters, ...given })).code,
    2,
  )
  await applied(t, setting, given)
  t.not(pid(jail), before.pid)
  t.equal(readFileSync(jail.path(copy), 'utf8'), next)
  t.same(await whoIs(setting, 'bob'), asUsual('bob'), 'one of both')

  const one = pid(jail)
  await applied(t, setting, given)
  t.equal(pid(jail), one, 'a second run does nothing')

  await applied(t, setting, { LDAPTLS: 'starttls' })
  t.notOk(existsSync(jail.path(copy)), 'nobody needs it any more')
  writeFileSync(jail.path(caPath), theirs)
}

/** All errors at once, on a running server. */
const refused = async (t: Test, { setting }: Staffed): Promise<void> => {
  const { jail } = setting
  writeFileSync(jail.path('/root/words.pem'), 'hello\n')
  const before = { pid: pid(jail), files: jailPicture(jail) }
  for (const [file, what] of [
    ['/root/words.pem', 'contains no PEM certificate'],
    ['/root/none.pem', 'no such file'],
  ] as const) {
    const { code, stderr } = await setting.cook([], {
      ...ldapParameters,
      LDAPSERVER: 'ldaps://ldap.corp.example.com:636,[::1]',
      LDAPBASE: 'ou=People, dc=corp',
      LDAPFILTER: '(mail=*',
      LDAPUID: 'u_id',
      LDAPTLS: 'ldaps',
      LDAPCA: file,
      SMTPPORT: '58x7',
    })
    t.equal(code, 78)
    for (const fault of [
      'LDAPSERVER (environment): "ldaps://ldap.corp.example.com:636,[::1]" has',
      'a port and brackets: write "ldap.corp.example.com,::1" and LDAPTLS=ldaps',
      'LDAPBASE (environment): "ou=People, dc=corp" has spaces',
      'LDAPFILTER (environment): "(mail=*" has unbalanced parentheses',
      'LDAPUID (environment): "u_id" is not an attribute name',
      `LDAPCA: ${file}: ${what}`,
      'SMTPPORT (environment): "58x7" is not a port',
    ]) {
      t.ok(stderr.includes(fault), `${fault} in ${stderr}`)
    }
  }
  t.same({ pid: pid(jail), files: jailPicture(jail) }, before)
}

/** Only LDAP's passwords count; the administrator has one of them. */
const alone = async (t: Test, { setting, own }: Staffed): Promise<void> => {
  const { jail } = setting
  const given = { LDAPTLS: 'starttls', LDAPCA: caPath, LDAPONLY: 'yes' }
  await applied(t, setting, { LDAPTLS: 'starttls', LDAPCA: caPath })
  t.match(await whoIs(setting, 'local', 'of this server'), {
    id: `@local:${domain}`,
  })

  const hugo = { ...given, ADMINUSER: 'hugo' }
  const told = await applied(t, setting, hugo)
  const id = `@hugo:${domain}`
  t.match(told, `created the administrator ${id}; its password is that of LDAP`)
  t.notMatch(told, 'warning: the LDAP server')
  t.notOk(existsSync(jail.path('/mnt/matrixdata/cook/admin-password')))
  t.match(await applied(t, setting, hugo), 'nothing to do')

  t.equal(await whoIs(setting, 'local', 'of this server'), 403)
  t.same(await whoIs(setting, 'bob'), asUsual('bob'))
  const { status, access_token } = await logIn(
    setting,
    'hugo',
    passwordOf('hugo'),
  )
  t.equal(status, 200)
  const path = `/_synapse/admin/v1/users/${encodeURIComponent(id)}/admin`
  const answer = await api(setting, 'GET', path, undefined, access_token)
  t.match(answer, { status: 200, admin: true })

  const made = await setting.cook(['user', 'paul'])
  t.equal(made.code, 0, made.stderr)
  t.match(made.stderr, 'no password of its own counts here')
  t.match(await setting.cook(['token']), { code: 0 })

  rmSync(jail.path('/mnt/matrixdata/cook/admin-user'))
  const again = await applied(t, setting, { ...hugo, MAXUPLOAD: '7M' })
  t.match(again, `the account ${id} exists already and was not changed`)
  await own.binds(0)
}

export const ldap = async (t: Test, kind: Kind): Promise<void> => {
  const staffed = await settleWithLdap(t, kind)
  const { setting, own, known } = staffed

  await t.test('a user of LDAP logs in, unencrypted', t => plainly(t, staffed))

  for (const { what, given, user, tls } of [
    ...ways,
    ...(knowsAddresses() ? [atAddress] : []),
  ]) {
    await t.test(`a user of LDAP logs in, ${what}`, async t => {
      await applied(t, setting, given)
      t.equal((await own.binds(1)).length, 1, 'cook has asked it once')
      t.same(await whoIs(setting, user), asUsual(user))
      t.same(plain(await own.binds(4)), plain(first(user, tls)))
      t.equal(await whoIs(setting, user, 'x'), 403)
      t.match(await whoIs(setting, 'local', 'of this server'), {
        id: `@local:${domain}`,
      })
      await own.binds(2)
    })
  }

  for (const [what, given] of strangers) {
    await t.test(`no server gets a password if ${what}`, async t => {
      await applied(t, setting, given)
      t.equal(await whoIs(setting, 'alice'), 403)
      t.same(await own.binds(0), [])
    })
  }

  await t.test('no address counts with Python 3.12 or later', async t => {
    const { given, user } = atAddress
    const back = await withLaterPython(setting)
    const told = await applied(t, setting, given)
    t.match(told, '[fd00::40]:636 is given by its address, but Synapse')
    t.equal(await whoIs(setting, user), 403)
    t.same(await own.binds(0), [], 'nobody has sent a password')
    await back()
  })

  await t.test('an authority of the system is enough', async t => {
    const LDAPSERVER = servers.known.host
    await applied(t, setting, { LDAPSERVER, LDAPTLS: 'starttls' })
    t.equal((await known.binds(1)).length, 1, 'cook has asked it once')
    t.same(await whoIs(setting, 'emil'), asUsual('emil'))
    t.same(plain(await known.binds(4)), plain(first('emil', true)))
  })

  await t.test('the copy of LDAPCA follows it', t => renewed(t, staffed))

  await t.test('one report has all errors', t => refused(t, staffed))

  await t.test('only users of LDAP log in', t => alone(t, staffed))

  await t.test('one server replaces another', async t => {
    const LDAPSERVER = `${servers.down.host},${servers.known.host}`
    await applied(t, setting, { LDAPSERVER, LDAPTLS: 'ldaps' })
    for (let n = 0; n < 5; n++) {
      t.same(await whoIs(setting, 'fritz'), asUsual('fritz'), `${n}`)
    }
  })

  await t.test('names, filters and attributes may be any text', async t => {
    const told = await applied(t, setting, {
      LDAPBASE: odd.base,
      LDAPBINDDN: odd.bindDn,
      LDAPFILTER: odd.filter,
      LDAPUID: 'EmployeeNumber',
      LDAPMAIL: 'labeleduri',
      LDAPNAME: 'givenName;lang-de',
      LDAPTLS: 'starttls',
      LDAPCA: caPath,
    })
    t.notMatch(told, 'the LDAP server', 'cook finds somebody, too')
    const password = passwordOf('x-gerda')
    t.same(await whoIs(setting, 'gerda', password), {
      id: `@gerda:${domain}`,
      name: 'Die gerda',
      mail: ['email gerda@right.example.com'],
    })
    t.equal(await whoIs(setting, 'guest', passwordOf('x-guest')), 403)
    t.equal(await whoIs(setting, 'x-gerda', password), 403)
  })
}
