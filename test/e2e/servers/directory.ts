// Two LDAP servers with users in a jail's network, and a jail whose Synapse
// lets them log in.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { makeAuthority } from '../../jail/authority.ts'
import {
  hashed,
  startLdapServer,
  type Directory,
  type Entry,
} from '../../jail/ldap-server.ts'
import { api, logIn, patient } from '../api.ts'
import { certificates } from '../certificates/system-certificates.ts'
import { address, domain, settle, type Kind, type Setting } from '../setting.ts'

/** Host names of servers, from /etc/hosts. */
export const servers = {
  // The system does not trust its authority.
  own: {
    host: 'ldap.corp.example.com',
    addresses: ['10.192.0.40', 'fd00::40'],
  },
  // The system trusts its authority.
  known: { host: 'known.corp.example.com', addresses: ['10.192.0.41'] },
  // The first server under a name that is not in its certificate.
  alias: { host: 'alias.corp.example.com', addresses: ['10.192.0.40'] },
  // Nobody listens there.
  down: { host: 'down.corp.example.com', addresses: ['10.192.0.42'] },
} as const

export const suffix = 'dc=corp,dc=example,dc=com'

/** Text that is special in LDAP, YAML, sh or Python. */
export const odd = {
  base: `ou=Zoë's \\"A\\, B\\" (C) # x: \\\\ {*}\\20,${suffix}`,
  bindDn: `cn=ma\\+n \\<a\\> % $(id) \\#1 'ü' = \\;,${suffix}`,
  password: ' "p" \'w\' \\n %(app)s ü 🔑 ${HOME} `id` #: {x}, ',
  team: 'Ä (a*b) \\ #1: "x" \'y\' &|! %s',
  filter:
    '(&(ou=Ä \\28a\\2ab\\29 \\5c #1: "x" \'y\' &|! %s)' +
    '(!(|(title=g*st)(title~=guest))))',
} as const

/** The password of each entry. */
export const passwordOf = (name: string): string => `${name}'s "pass" ü#: `

export const manager = `cn=Manager,${suffix}`

const person = (
  name: string,
  base = `ou=People,${suffix}`,
  more: Entry['attributes'] = {},
): Entry => ({
  dn: `uid=${name},${base}`,
  attributes: {
    objectClass: 'inetOrgPerson',
    uid: name,
    cn: name,
    sn: 'Example',
    givenName: `${name} “Ö” #: {x}`,
    mail: `${name}@mail.example.com`,
    userPassword: hashed(passwordOf(name)),
    ...more,
  },
})

const role = (dn: string, cn: string, password: string): Entry => ({
  dn,
  attributes: {
    objectClass: ['organizationalRole', 'simpleSecurityObject'],
    cn,
    userPassword: hashed(password),
  },
})

const unit = (dn: string, ou: string): Entry => ({
  dn,
  attributes: { objectClass: 'organizationalUnit', ou },
})

/** Users with other attributes, all in one team. */
const colleague = (name: string, title: string): Entry =>
  person(`x-${name}`, odd.base, {
    employeeNumber: name,
    title,
    ou: odd.team,
    'givenName;lang-de': `Die ${name}`,
    mail: `${name}@wrong.example.com`,
    labeledURI: `${name}@right.example.com`,
  })

const entries: readonly Entry[] = [
  { dn: suffix, attributes: { objectClass: 'domain', dc: 'corp' } },
  unit(`ou=People,${suffix}`, 'People'),
  unit(odd.base, 'Zoë\'s "A, B" (C) # x: \\ {*} '),
  role(manager, 'Manager', odd.password),
  role(odd.bindDn, "ma+n <a> % $(id) #1 'ü' = ;", odd.password),
  ...['alice', 'bob', 'carol', 'dora', 'emil', 'fritz', 'gustav', 'hugo'].map(
    name => person(name),
  ),
  person('many', undefined, { mail: ['a@b.example', 'c@d.example'] }),
  colleague('gerda', 'engineer'),
  colleague('guest', 'guest'),
]

/** The parameters of all cases. */
export const ldapParameters = {
  LDAPSERVER: servers.own.host,
  LDAPDOMAIN: 'corp.example.com',
  LDAPPASSWORD: odd.password,
}

export interface Staffed {
  setting: Setting
  own: Directory
  known: Directory
}

/** The path of the certificates of the first server's authority. */
export const caPath = '/root/ldap-ca.pem'

/** A jail whose network has both LDAP servers. */
export const settleWithLdap = async (t: Test, kind: Kind): Promise<Staffed> => {
  const system = makeAuthority('The system')
  const authority = makeAuthority('The company')
  const all = [servers.own, servers.known, servers.alias, servers.down]
  const { own, known } = servers
  const setting = await settle(t, kind, {
    addresses: [address, ...own.addresses, ...known.addresses],
    mounts: { '/etc/ssl/certs': certificates(t, system) },
  })
  const { jail } = setting
  for (const { host, addresses } of all) {
    appendFileSync(jail.path('/etc/hosts'), `${addresses[0]} ${host}\n`)
  }
  writeFileSync(jail.path(caPath), authority.certificate, { mode: 0o600 })
  mkdirSync(jail.path('/mnt/matrixdata/homeserver.d'), { recursive: true })
  writeFileSync(jail.path('/mnt/matrixdata/homeserver.d/login.yaml'), patient)
  const common = { suffix, entries }
  const start = (
    { host, addresses }: { host: string; addresses: readonly string[] },
    by: typeof system,
  ) => {
    const names = [`DNS:${host}`, ...addresses.map(each => `IP:${each}`)]
    const pair = by.sign(names.join(','))
    return startLdapServer(t, jail, { ...common, addresses, pair })
  }
  return {
    setting,
    own: await start(own, authority),
    known: await start(known, system),
  }
}

/** The user id after a login, or the status of the refusal. */
export const whoIs = async (
  setting: Setting,
  user: string,
  password = passwordOf(user),
) => {
  const { status, user_id, access_token } = await logIn(setting, user, password)
  if (status !== 200) {
    return status
  }
  const get = (path: string) =>
    api(setting, 'GET', `/_matrix/client/v3${path}`, undefined, access_token)
  const id = encodeURIComponent(String(user_id))
  const { displayname } = await get(`/profile/${id}/displayname`)
  const { threepids } = (await get('/account/3pid')) as unknown as {
    threepids: { medium: string; address: string }[]
  }
  return {
    id: user_id,
    name: displayname,
    mail: threepids.map(({ medium, address }) => `${medium} ${address}`),
  }
}

/** What Synapse knows about a user with the default attributes. */
export const asUsual = (name: string) => ({
  id: `@${name}:${domain}`,
  name: `${name} “Ö” #: {x}`,
  mail: [`email ${name}@mail.example.com`],
})
