// A jail with all that has secrets in it, and each way to give cook its own.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { rows } from '../../lib/params.ts'
import { address, settle, type Kind } from '../e2e/setting.ts'
import { certificates } from '../e2e/system-certificates.ts'
import { makeAuthority } from '../jail/authority.ts'
import type { Jail } from '../jail/jail.ts'
import { hashed, startLdapServer, type Entry } from '../jail/ldap-server.ts'
import { startMailServer } from '../jail/mail-server.ts'
import { newSecrets, newText } from './secrets.ts'
import { keepFor, type Given } from './watched.ts'

/** Where the administrator keeps files for cook. */
export const ownFolder = '/root/own'

export const overlay = '/mnt/matrixdata/homeserver.d/own.yaml'

const mail = { host: 'mail.example.com', address: '10.192.0.25' }
const ldapHost = 'ldap.example.com'
const suffix = 'dc=example,dc=com'

/** What is no secret, and without which the secrets would not be used. */
export const parameters = {
  REGISTRATIONENABLE: 'yes',
  REGISTRATIONVERIFY: 'token',
  SMTPHOST: mail.host,
  SMTPPORT: '587',
  SMTPUSER: 'matrix',
  SMTPFROM: 'Matrix <noreply@example.com>',
  LDAPSERVER: ldapHost,
  LDAPDOMAIN: 'example.com',
  LDAPTLS: 'starttls',
  LDAPCA: `${ownFolder}/ca.pem`,
  ADMINUSER: 'boss',
  CONTROLUSER: 'yes',
  // Where programs say most.
  LOGLEVEL: 'DEBUG',
}

const entriesFor = (password: string): Entry[] => [
  { dn: suffix, attributes: { objectClass: 'domain', dc: 'example' } },
  {
    dn: `ou=People,${suffix}`,
    attributes: { objectClass: 'organizationalUnit', ou: 'People' },
  },
  {
    dn: `cn=Manager,${suffix}`,
    attributes: {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: 'Manager',
      userPassword: hashed(password),
    },
  },
]

/** The LDAP server takes the secret given for it, the mail server does not. */
export const settleAll = async (t: Test, kind: Kind) => {
  const secrets = newSecrets()
  const authority = makeAuthority('The authority')
  const setting = await settle(t, kind, {
    addresses: [address, mail.address],
    mounts: { '/etc/ssl/certs': certificates(t, authority) },
  })
  const { jail } = setting
  const hosts = `${mail.address} ${mail.host}\n${address} ${ldapHost}\n`
  appendFileSync(jail.path('/etc/hosts'), hosts)
  await startMailServer(t, jail, {
    address: mail.address,
    login: { user: 'matrix', password: 'another one' },
    ports: [
      {
        port: 587,
        tls: 'starttls',
        auth: ['PLAIN'],
        pair: authority.sign(`DNS:${mail.host}`),
      },
    ],
  })
  await startLdapServer(t, jail, {
    addresses: [address],
    pair: authority.sign(`DNS:${ldapHost}`),
    suffix,
    entries: entriesFor(secrets['LDAPPASSWORD'] ?? ''),
  })
  for (const folder of [ownFolder, '/mnt/matrixdata/homeserver.d']) {
    mkdirSync(jail.path(folder), { recursive: true, mode: 0o750 })
  }
  keepFor(jail, `${ownFolder}/ca.pem`, authority.certificate)
  const settings = newText()
  const yaml = `turn_shared_secret: ${JSON.stringify(settings)}\n`
  keepFor(jail, overlay, yaml)
  return { setting, secrets, settings, yaml }
}

const flagOf = (name: string): string =>
  `--${rows.find(row => row.name === name)?.flag}`

const potLines = (secrets: Readonly<Record<string, string>>): string =>
  Object.entries(secrets)
    .map(([name, text]) => `export "${name}=${text.replaceAll('"', '\\"')}"\n`)
    .join('')

/** Each way in which an administrator may give secrets. */
export const ways = (
  jail: Jail,
  secrets: Readonly<Record<string, string>>,
): Record<string, () => Omit<Given, 'program'>> => {
  const all = Object.entries(secrets)
  const files = () =>
    all.map(([name, text]) => {
      const path = `${ownFolder}/${name}`
      keepFor(jail, path, `${text}\n`)
      return [name, path] as const
    })
  return {
    'the environment': () => ({ args: [], env: { ...secrets } }),
    'files that it names': () => ({
      args: [],
      env: Object.fromEntries(
        files().map(([name, path]) => [`${name}_FILE`, path]),
      ),
    }),
    'an --env-file': () => {
      const path = `${ownFolder}/own.env`
      keepFor(jail, path, potLines(secrets))
      return { args: ['--env-file', path] }
    },
    // And with a name that means nothing, or nearly something.
    "pot's environment": () => {
      const { SMTPPASS = '' } = secrets
      const others = { UNKNOWN: SMTPPASS, SMTPPASSS: SMTPPASS }
      const text = potLines({ ...secrets, ...others })
      writeFileSync(jail.path('/tmp/environment.sh'), text)
      return { args: [] }
    },
    flags: () => ({
      args: all.flatMap(([name, text]) => [flagOf(name), text]),
      flags: true,
    }),
    'flags that name files': () => ({
      args: files().flatMap(([name, path]) => [`${flagOf(name)}-file`, path]),
    }),
  }
}
