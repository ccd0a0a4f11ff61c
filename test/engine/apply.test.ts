import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { apply } from '../../lib/engine/apply.ts'
import { driftLine } from '../../lib/engine/drifts.ts'
import { exit, Failure } from '../../lib/contract/failure.ts'
import type { Host } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import { synapseProof } from '../../lib/services/synapse/prove.ts'
import type { Plan } from '../../lib/engine/plan.ts'
import { differences, picture } from '../e2e/setting.ts'
import { free } from '../support/listening.ts'
import { smallJail } from '../small/small-jail.ts'
import {
  configuration,
  fileStep,
  contextIn,
  smallPlan,
  telling,
  unwritable,
} from '../small/small-plan.ts'

t.jobs = 4

const key = '/mnt/matrixdata/keys/x'

const textIn = ({ root }: Host, path: string): string =>
  readFileSync(join(root, path), 'utf8')

/** Applies a plan without services. */
const applied = async (host: Host, plan: Plan) => {
  const { log, told } = telling()
  const lines = (await apply(plan, contextIn(host, log, false))).map(driftLine)
  return { lines, told: told() }
}

// If a file came and went, only the time of its directory differs.
const contents = (host: Host) =>
  Object.fromEntries(
    Object.entries(picture(host.root, ['programs'])).map(([path, facts]) => [
      path,
      facts.startsWith('4') ? facts.replace(/ \d+ $/, '') : facts,
    ]),
  )

/** Applies a plan that must fail and change nothing. */
const refused = async (t: Test, host: Host, plan: Plan): Promise<Failure> => {
  const before = contents(host)
  const failure = await applied(host, plan).then(
    () => t.fail('it was applied'),
    error => error,
  )
  t.type(failure, Failure)
  t.same(differences(before, contents(host)), [])
  return failure as Failure
}

const probe = await free()

t.test('drift is mended, reported, and logged', async t => {
  const host = smallJail(t)
  const plan = smallPlan(probe)
  const { lines, told } = await applied(host, plan)
  t.same(lines, [
    `dir ${paths.stateDir} is missing`,
    `dir ${paths.synapseDir} is missing`,
    `file ${paths.homeserver} is missing`,
    'rcvar synapse_enable is not YES',
    `file ${paths.record} is missing`,
  ])
  t.equal(textIn(host, paths.homeserver), configuration(probe))
  t.equal(textIn(host, paths.rcConf), 'synapse_enable="YES"\n')
  const line = `file ${paths.homeserver} is missing: mended`
  t.match(told, line)
  t.match(textIn(host, paths.cookLog), `info: ${line}\n`)
  t.notOk(
    existsSync(join(host.root, '/programs/calls')),
    'service(8) was not run',
  )
})

t.test('a step that does not drift is not touched', async t => {
  const host = smallJail(t)
  await applied(host, smallPlan(probe))
  const before = picture(host.root)
  t.same(await applied(host, smallPlan(probe)), { lines: [], told: '' })
  t.same(differences(before, picture(host.root)), [])
})

t.test('if only the record is lost, only the record is written', async t => {
  const host = smallJail(t)
  await applied(host, smallPlan(probe))
  host.remove(paths.record)
  const { lines, told } = await applied(host, smallPlan(probe))
  t.same(lines, [`file ${paths.record} is missing`])
  t.equal(told, '')
})

t.test('if a file cannot be written nothing is changed', async t => {
  const small = smallPlan(probe)
  const file = fileStep(unwritable, 'x')
  for (const plan of [
    { ...small, steps: [...small.steps, file] },
    { ...small, record: [...small.record, file] },
  ]) {
    const host = smallJail(t, { '/srv/x': '' })
    const { exit: code, message } = await refused(t, host, plan)
    t.equal(code, exit.cantCreate)
    t.match(message, /^\/srv\/x+: .*: nothing was changed$/)
  }
})

t.test('something in the way is reported, and nothing is changed', async t => {
  const host = smallJail(t, { '/srv/file/x': '', '/srv/dir': '' })
  for (const [step, message] of [
    [fileStep('/srv/file', ''), '/srv/file: is a directory, not a file'],
    [
      { ...smallPlan(probe).steps[0]!, path: '/srv/dir' },
      '/srv/dir: is not a directory: a directory must be here',
    ],
  ] as const) {
    const plan = smallPlan(probe)
    plan.steps = [...plan.steps, step as Plan['steps'][0]]
    const failure = await refused(t, host, plan)
    t.match(failure, { exit: exit.config, message })
  }
})

/** A jail with a live configuration, in which Synapse's check refuses. */
const checked = (t: Test): Host =>
  smallJail(t, {
    '/programs/check': 'echo "email: notif_from is missing"; exit 1',
    [key]: 'ed25519 a_x seed\n',
    [paths.homeserver]: 'old',
  })

const provable = (): Plan => {
  const plan = smallPlan(probe)
  return {
    ...plan,
    services: plan.services.map(step => ({
      ...step,
      proof: synapseProof(paths.homeserver, key),
    })),
  }
}

t.test('a file that Synapse refuses does not replace a live one', async t => {
  const host = checked(t)
  const failure = await refused(t, host, provable())
  t.match(failure, {
    exit: exit.config,
    message: 'Synapse refuses this configuration; nothing was changed',
    details: ['email: notif_from is missing'],
  })
  const asked = textIn(host, '/programs/su-calls')
  t.match(asked, /\/\.homeserver\.yaml\.[0-9a-f]{12}\.cook\n$/)
})

t.test('Synapse checks only changes of a live configuration', async t => {
  const asked = ({ root }: Host) => existsSync(join(root, '/programs/su-calls'))
  const same = checked(t)
  writeFileSync(join(same.root, paths.homeserver), configuration(probe))
  chmodSync(join(same.root, paths.homeserver), 0o600)
  await applied(same, provable())
  t.notOk(asked(same), 'the text is the same')

  const first = checked(t)
  first.remove(paths.homeserver)
  await applied(first, provable())
  t.notOk(asked(first), 'there was no configuration')

  const below = { ...checked(t), live: false }
  await applied(below, provable())
  t.notOk(asked(below), 'it is not the live system')
})

t.test('a check that cannot run is reported and blocks nothing', async t => {
  const host = checked(t)
  writeFileSync(join(host.root, '/programs/check'), 'exit 2')
  const { told } = await applied(host, provable())
  t.match(told, /^warning: .* could not be checked before the start \(exit 2\)/)
  t.equal(textIn(host, paths.homeserver), configuration(probe))
})
