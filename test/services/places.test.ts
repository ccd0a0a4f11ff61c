// The documents name every file of a plan, with the owner and mode that it
// gets.

import t from 'tap'
import {
  oldHomeserverCopy,
  oldSigningKeyPath,
  dataMark,
  jailMark,
  paths,
  signingKeyPath,
} from '../../lib/contract/paths.ts'
import { octal } from '../../lib/engine/steps/owner.ts'
import { services } from '../../lib/services/index.ts'
import type { Place } from '../../lib/contract/place.ts'
import { hostAt } from '../../lib/host/host.ts'
import { planImage } from '../../lib/engine/plan.ts'
import { Secret } from '../../lib/contract/secret.ts'
import type { Step } from '../../lib/engine/steps/step.ts'
import { gathered, params, required } from '../small/given.ts'
import { machine } from '../small/host-in.ts'
import { planOf } from '../small/planning.ts'

const build = new URL('../../build/places.mjs', import.meta.url)
const { places } = (await import(build.href)) as {
  places: readonly Place[]
}

/** A pattern of the documents, for paths of example.com. */
const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replace('DOMAIN', 'example.com')
      .replaceAll('.', '\\.')
      .replaceAll('*', '[^/]+')}$`,
  )

const placeOf = (path: string): Place | undefined =>
  places.find(each => each.paths.some(text => patternOf(text).test(path)))

const given = {
  ...required,
  ADMINUSER: 'admin',
  CONTROLUSER: 'yes',
  EDGE: 'yes',
  WEBCLIENTHOST: 'chat.example.com',
}
const secret = new Secret('x')
const recalled = {
  synapse: {
    signingKey: secret,
    secrets: { macaroon: secret, form: secret, registration: secret },
    tls: { key: secret, certificate: 'x' },
    overlays: undefined,
    federationCa: [{ name: 'a.pem', content: 'x' }],
    mailCa: 'x',
    ldapCa: 'x',
    admin: { password: secret, file: secret },
    oldHomeserver: { copy: oldHomeserverCopy('0123abcd'), text: secret },
  },
  sshd: {
    hostKeys: { ed25519: secret, ecdsa: secret },
    authorizedKeys: 'x',
  },
}

const caddy = (user: string, group: string) => ({
  runner: { user, group, ports: '1023' },
  tls: { key: secret, certificate: 'x' },
  acmeCa: 'x',
  isModern: true,
  isOfAnother: false,
})

const plans = [
  planOf(gathered(given), params(given), {
    ...recalled,
    edge: caddy('www', 'www'),
  }),
  planOf(gathered(given), params(given), {
    ...recalled,
    edge: caddy('root', 'wheel'),
  }),
]

const accessOf = ({
  owner,
  group,
  mode,
}: Step & { mode: number } & {
  owner: string
  group: string
}): string => `${owner}:${group} ${octal(mode)}`

/** Each path of a step, with owner, group and mode if the step sets them. */
const made = (step: Step): readonly (readonly [string, string?])[] =>
  step.kind === 'dir' || step.kind === 'file'
    ? [[step.path, accessOf(step)]]
    : step.kind === 'files'
      ? step.files.map(({ name }) => [`${step.path}/${name}`, accessOf(step)])
      : 'path' in step
        ? [[step.path]]
        : []

const host = hostAt('/nowhere', machine)

const steps = [
  ...plans.flatMap(each => [...each.steps, ...each.record]),
  ...planImage(services, false, host).steps,
  ...planImage(services, true, host).steps,
]

t.test('every path of a plan is in the documents', async t => {
  const found = steps.flatMap(made)
  t.ok(found.length > 30)
  for (const [path, access] of found) {
    const place = placeOf(path)
    t.ok(place, path)
    access === undefined || t.equal(place?.access, access, path)
  }
})

t.test('the documents have no owner or mode that no plan has', async t => {
  const known = new Set(steps.flatMap(made).map(([path]) => path))
  // What is not made by the steps of a plan, but later, or by the log.
  const later = new Set<string>([
    paths.serviceAccount,
    paths.adminUser,
    paths.cookLog,
    paths.intent,
    paths.readings,
    paths.findings,
    jailMark('synapse'),
    dataMark('synapse'),
  ])
  for (const { paths: texts, access } of places) {
    for (const text of access === undefined ? [] : texts) {
      const isMade = [...known].some(path => patternOf(text).test(path))
      t.ok(isMade || later.has(text), text)
    }
  }
})

t.test('every path that cook knows is in the documents', async t => {
  const inside = new Set<string>([
    // A program, and what stands in a folder that is named.
    paths.sshd,
    paths.sshdPidFile,
    paths.caddy,
    paths.caddyScript,
    paths.caddyPidFile,
    paths.caddySocket,
  ])
  for (const path of Object.values(paths).filter(path => !inside.has(path))) {
    t.ok(placeOf(path), path)
  }
  t.ok(placeOf(signingKeyPath('example.com')))
  t.notOk(placeOf(oldSigningKeyPath('example.com')), 'the old key is not ours')
})
