// A jail with everything that has secrets, and a watcher that knows them.

import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Test } from 'tap'
import { patient } from '../e2e/api.ts'
import { address, settle, type Kind } from '../e2e/setting.ts'
import { certificates } from '../e2e/certificates/system-certificates.ts'
import { makeAuthority, type Authority } from '../jail/authority.ts'
import type { Jail } from '../jail/jail.ts'
import { hashed, startLdapServer, type Entry } from '../jail/ldap-server.ts'
import { startMailServer } from '../jail/mail-server.ts'
import type { Done } from '../jail/run.ts'
import { seeker } from './needles.ts'
import {
  newSecrets,
  newText,
  secretsMade,
  secretText,
  type Secret,
} from './secrets.ts'
import { keepFor, watcher, type Given } from './watcher.ts'

/** The directory of the administrator's files for cook. */
export const ownFolder = '/root/own'

export const overlay = '/mnt/matrixdata/homeserver.d/own.yaml'

const mail = { host: 'mail.example.com', address: '10.192.0.25' }
const ldapHost = 'ldap.example.com'
const suffix = 'dc=example,dc=com'

/** The parameters without which the secrets would not be used. */
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
  TURNURIS: 'turn:turn.example.com',
  CONTROLUSER: 'yes',
  // The most verbose level.
  LOGLEVEL: 'DEBUG',
}

/** A user of the LDAP server. */
export const person = { name: 'alice', password: 'her own' }

const entriesFor = (password: string): Entry[] => [
  { dn: suffix, attributes: { objectClass: 'domain', dc: 'example' } },
  {
    dn: `ou=People,${suffix}`,
    attributes: { objectClass: 'organizationalUnit', ou: 'People' },
  },
  {
    dn: `uid=${person.name},ou=People,${suffix}`,
    attributes: {
      objectClass: 'inetOrgPerson',
      uid: person.name,
      cn: person.name,
      sn: person.name,
      userPassword: hashed(person.password),
    },
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

// It accepts another password than that of cook and Synapse.
const startMail = (t: Test, jail: Jail, authority: Authority) =>
  startMailServer(t, jail, {
    address: mail.address,
    login: { user: parameters.SMTPUSER, password: 'another one' },
    ports: [
      {
        port: Number(parameters.SMTPPORT),
        tls: 'starttls',
        auth: ['PLAIN'],
        pair: authority.sign(`DNS:${mail.host}`),
      },
    ],
  })

const startLdap = (
  t: Test,
  jail: Jail,
  authority: Authority,
  password: string,
) =>
  startLdapServer(t, jail, {
    addresses: [address],
    pair: authority.sign(`DNS:${ldapHost}`),
    suffix,
    entries: entriesFor(password),
  })

const settleServers = async (t: Test, kind: Kind, password: string) => {
  const authority = makeAuthority('The authority')
  const setting = await settle(t, kind, {
    addresses: [address, mail.address],
    mounts: { '/etc/ssl/certs': certificates(t, authority) },
  })
  const { jail } = setting
  const hosts = `${mail.address} ${mail.host}\n${address} ${ldapHost}\n`
  appendFileSync(jail.path('/etc/hosts'), hosts)
  await startMail(t, jail, authority)
  await startLdap(t, jail, authority, password)
  for (const folder of [ownFolder, dirname(overlay)]) {
    mkdirSync(jail.path(folder), { recursive: true, mode: 0o750 })
  }
  keepFor(jail, `${ownFolder}/ca.pem`, authority.certificate)
  return setting
}

const whole = (ran: Given): Given => ({
  ...ran,
  env: { ...parameters, ...ran.env },
})

/** A jail with both servers, its secrets, and a watcher. */
export const settleAll = async (t: Test, kind: Kind) => {
  const [given, settings] = [newSecrets(), newText()]
  const setting = await settleServers(t, kind, given['LDAPPASSWORD'] ?? '')
  const { jail } = setting
  const own = (more: string): void => {
    const first = `turn_shared_secret: ${JSON.stringify(settings)}\n`
    keepFor(jail, overlay, first + patient + more)
  }
  own('')
  const known: Secret[] = [
    ...Object.entries(given).map(([name, text]) => secretText(name, text)),
    secretText('local overrides', settings),
  ]
  const secrets = (): Secret[] => [...known, ...secretsMade(jail.path)]
  const seen = (text: string): string[] => seeker(secrets())(text)
  const watch = watcher(jail)
  const look =
    (t: Test, { args, flags }: Given, codes: readonly number[]) =>
    (done: Done): Done => {
      const said = done.stdout + done.stderr
      const what = flags ? 'with flags' : args.join(' ')
      const isRight = codes.includes(done.code)
      t.ok(isRight, isRight ? what : `${what}: ${done.code}: ${said}`)
      t.same(seen(said), [], what)
      return done
    }

  return {
    setting,
    watch,
    given,
    settings,
    /** Writes local overrides, besides those with the secret. */
    own,
    /** All secrets that are known now. */
    secrets,
    /** The secrets in a text. */
    seen,
    /** Adds a new secret. */
    learn: (secret: Secret): void => void known.push(secret),
    /** Runs cook and searches its output. */
    run: (t: Test, given: Given, codes = [0]): Promise<Done> =>
      watch.run(whole(given)).then(look(t, given, codes)),
    /** The same with a signal after some output. */
    runUntil: (t: Test, said: RegExp, given: Given): Promise<Done> =>
      watch.until(said, whole(given)).then(look(t, given, [0])),
  }
}

export type Place = Awaited<ReturnType<typeof settleAll>>
