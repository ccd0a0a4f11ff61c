import t from 'tap'
import type { Gathered } from '../../lib/params/gather.ts'
import type { Made } from '../../lib/engine/record/made.ts'
import { paths } from '../../lib/contract/paths.ts'
import { refuseUnsafe } from '../../lib/engine/refuse-unsafe.ts'
import { parsePotEnvironment } from '../../lib/formats/pot-environment.ts'
import { reveal, Secret } from '../../lib/contract/secret.ts'
import {
  stepName,
  type FileStep,
  type Step,
} from '../../lib/engine/steps/step.ts'
import { gathered, params, required, type Given } from '../small/given.ts'
import { planOf } from '../small/planning.ts'

const recalled = {
  signingKey: new Secret('ed25519 a_x seed\n'),
  secrets: { macaroon: new Secret('m'), form: new Secret('f') },
  tls: undefined,
  overlays: undefined,
}

const control = {
  hostKeys: { ed25519: new Secret('e'), ecdsa: new Secret('c') },
  authorizedKeys: undefined,
}

const planned = (given: Given, from: Gathered = gathered(given)) =>
  planOf(from, params(given), { synapse: recalled, sshd: control })

const own = { ...required, NOSSL: 'yes', MYSHAREDSECRET: 'a "secret" $x' }

const textOf = (steps: readonly Step[], path: string): string => {
  const step = steps.find(
    (each): each is FileStep => each.kind === 'file' && each.path === path,
  )
  return step === undefined ? '' : reveal(step.content as string | Secret)
}

t.test('the record contains the given parameters, for a rerun', async t => {
  const { record } = planned(own)
  const text = textOf(record, paths.recordedParams)
  t.same(
    [...(parsePotEnvironment(text) as Map<string, string>)],
    Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)),
    'all of them, in order, without defaults',
  )
  const last = JSON.parse(textOf(record, paths.record))
  t.match(last, { format: 2, cook: '0.1.0', domain: 'example.com' })
  const { checks, made } = last.services.synapse
  const at = { address: '10.192.0.5', port: 8008, tls: false }
  t.same(checks, [{ kind: 'http', at, path: '/health' }])
  t.same(
    made.map(({ hashes, ...rest }: Made & { hashes: unknown }) => rest),
    [
      { kind: 'file', path: paths.logConfig },
      { kind: 'file', path: paths.homeserver },
      { kind: 'rcvar', name: 'synapse_enable', values: ['YES'] },
      { kind: 'service', name: 'synapse', enabled: false },
    ],
    'files on the data set are not included',
  )
})

t.test('a variable of pot is recorded under its own name', async t => {
  const from = new Map([
    ...gathered(own),
    ['IP', { value: '10.192.0.5', source: '_POT_IP, /tmp/environment.sh' }],
  ] as const)
  const text = textOf(planned(own, from).record, paths.recordedParams)
  t.match(text, 'export "_POT_IP=10.192.0.5"\n')
  t.notMatch(text, /\bIP=/)
  t.match(text, /DOMAIN=/)
})

t.test('only root can read the record, and it is written last', async t => {
  const { steps, services, record } = planned(own)
  t.same(
    record.map(step => [
      stepName(step),
      ...('owner' in step ? [step.owner, step.mode] : []),
    ]),
    [
      [`removal ${paths.synapseSocketDir}`],
      [`file ${paths.recordedParams}`, 'root', 0o600],
      [`file ${paths.seasoned}`, 'root', 0o644],
      [`file ${paths.record}`, 'root', 0o640],
    ],
  )
  const dir = steps.find(step => stepName(step) === `dir ${paths.recordDir}`)
  t.match(dir, { owner: 'root', mode: 0o700 })
  t.same(services.map(stepName), ['service synapse'])
  t.notOk((steps as Step[]).some(({ kind }) => kind === 'service'))
})

t.test('the same parameters give the same plan', async t => {
  const given = { ...own, CONTROLUSER: 'yes' }
  const texts = [planned(given), planned(given)].map(each =>
    [...each.steps, ...each.record].map(step =>
      step.kind === 'file' ? textOf([step], step.path) : step,
    ),
  )
  t.same(texts[0], texts[1])
})

t.test('every directory comes before its contents', async t => {
  const { steps } = planned({ ...own, CONTROLUSER: 'yes' })
  const places = steps.flatMap(step => ('path' in step ? [step.path] : []))
  for (const [index, path] of places.entries()) {
    const parent = path.slice(0, path.lastIndexOf('/'))
    const at = places.indexOf(parent)
    t.ok(at < index, `${parent} before ${path}`)
  }
})

t.test('no secret is visible in a plan', async t => {
  const marks = { ...own, MYSHAREDSECRET: 'MARKER' }
  const seen = { ...recalled, signingKey: new Secret('MARKER') }
  const all = planOf(gathered(marks), params(marks), {
    synapse: {
      ...seen,
      secrets: { macaroon: new Secret('MARKER'), form: new Secret('MARKER') },
      tls: { key: new Secret('MARKER'), certificate: 'a certificate' },
    },
  })
  t.notMatch(JSON.stringify(all), /MARKER/)
  t.match(JSON.stringify(all), /«hidden»/)
})

const dir = (path: string, owner: string): Step => ({
  kind: 'dir',
  path,
  owner,
  group: owner,
  mode: 0o750,
})

const file = (
  path: string,
  content: FileStep['content'],
  mode: number,
): Step => ({
  kind: 'file',
  path,
  content,
  owner: 'root',
  group: 'wheel',
  mode,
})

t.test('a plan that other users could exploit is refused', async t => {
  const secret = new Secret('x')
  for (const [steps, unsafe] of [
    [[dir('/a', 'synapse'), file('/a/b', '', 0o600)], 'file /a/b'],
    [[file('/a/b/c', '', 0o600), dir('/a', 'synapse')], 'file /a/b/c'],
    [[dir('/a', 'synapse'), dir('/a/b', 'root')], 'dir /a/b'],
    [[file('/a', secret, 0o644)], 'file /a'],
    [[file('/a', secret, 0o641)], 'file /a'],
    [[dir('/a', 'root'), file('/a/b', secret, 0o640)], undefined],
    [[dir('/a', 'synapse'), file('/ab', '', 0o644)], undefined],
    [[dir('/a/b', 'synapse'), file('/a/c', '', 0o644)], undefined],
  ] as const) {
    const refuse = () => refuseUnsafe(steps)
    unsafe === undefined
      ? t.doesNotThrow(refuse)
      : t.throws(refuse, { exit: 70, message: `unsafe: ${unsafe}` })
  }
})
