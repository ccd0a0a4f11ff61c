// A jail with all that has secrets in it, and a watcher who knows them.

import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Test } from 'tap'
import { patient } from '../e2e/api.ts'
import { address, settle, type Kind } from '../e2e/setting.ts'
import { certificates } from '../e2e/system-certificates.ts'
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

/** Somebody whom the LDAP server lets in. */
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

// It takes another password than the one that cook and Synapse are given.
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

/** Some of these may be seen in what a run prints. */
export type Shown = readonly string[]

/** A jail with both servers beside it, its secrets, and who looks for them. */
export const settleAll = async (t: Test, kind: Kind) => {
  const given = newSecrets()
  const authority = makeAuthority('The authority')
  const setting = await settle(t, kind, {
    addresses: [address, mail.address],
    mounts: { '/etc/ssl/certs': certificates(t, authority) },
  })
  const { jail } = setting
  const hosts = `${mail.address} ${mail.host}\n${address} ${ldapHost}\n`
  appendFileSync(jail.path('/etc/hosts'), hosts)
  await startMail(t, jail, authority)
  await startLdap(t, jail, authority, given['LDAPPASSWORD'] ?? '')
  for (const folder of [ownFolder, dirname(overlay)]) {
    mkdirSync(jail.path(folder), { recursive: true, mode: 0o750 })
  }
  keepFor(jail, `${ownFolder}/ca.pem`, authority.certificate)

  const settings = newText()
  const own = (more: string): void =>
    keepFor(
      jail,
      overlay,
      `turn_shared_secret: ${JSON.stringify(settings)}\n${patient}${more}`,
    )
  own('')
  const known: Secret[] = [
    ...Object.entries(given).map(([name, text]) => secretText(name, text)),
    secretText('own settings', settings),
  ]
  const secrets = (): Secret[] => [...known, ...secretsMade(jail.path)]
  const watch = watcher(jail)

  const look = (t: Test, ran: Given, codes: readonly number[], shown: Shown) =>
    (done: Done): Done => {
      const said = done.stdout + done.stderr
      const what = ran.flags ? 'with flags' : ran.args.join(' ')
      t.ok(codes.includes(done.code), `${what}: ${done.code}: ${said}`)
      t.same(seeker(secrets())(said), shown, `${what}: ${said}`)
      return done
    }
  const whole = (ran: Given): Given => ({
    ...ran,
    env: { ...parameters, ...ran.env },
  })

  return {
    setting,
    watch,
    given,
    settings,
    /** Which of them are in a text. */
    seen: (text: string): string[] => seeker(secrets())(text),
    /** Gives Synapse settings of its own, besides those with the secret. */
    own,
    /** All that are known now. */
    secrets,
    /** Takes in one that has come to be. */
    learn: (secret: Secret): void => void known.push(secret),
    /** Runs cook, and looks at what it prints. */
    run: (t: Test, ran: Given, codes = [0], shown: Shown = []): Promise<Done> =>
      watch.run(whole(ran)).then(look(t, ran, codes, shown)),
    /** The same with a signal, when it has said something. */
    runUntil: (t: Test, said: RegExp, ran: Given): Promise<Done> =>
      watch.until(said, whole(ran)).then(look(t, ran, [0], [])),
  }
}

export type Place = Awaited<ReturnType<typeof settleAll>>
