// Faults that are planted one at a time on a healthy server, and what cook
// doctor says of each.

import type { Test } from 'tap'
import type { FindingName } from '../../../lib/contract/findings/findings.ts'
import { names } from '../../../lib/contract/findings/names.ts'
import { safety } from '../../../lib/contract/findings/safety.ts'
import { tls } from '../../../lib/contract/findings/tls.ts'
import { ways } from '../../../lib/contract/findings/ways.ts'
import type { Setting } from '../setting.ts'

/** A fault, and how cook doctor names it. */
export interface Planted {
  what: string
  /** Plants it. */
  plant: () => Promise<unknown>
  /** Takes it back. */
  heal: () => Promise<unknown>
  first: FindingName
  says: RegExp
  /** What may be found beside it, because it follows from it. */
  beside?: readonly FindingName[]
  /** More arguments. */
  args?: readonly string[]
}

interface Found {
  finding: FindingName
  says: string
  remedy: string
  because?: FindingName
}

// A jail of these tests has no name server, no proxy and no web: other tests
// have worlds with them.
const far = new Set<string>(
  [...names, ...tls, ...ways, ...safety].map(({ name }) => name),
)

/** The result of cook doctor, without what others see of the server. */
export const doctor = async (
  { cook }: Setting,
  args: readonly string[] = [],
) => {
  const { code, stdout, stderr } = await cook(['doctor', '--json', ...args])
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  const said = JSON.parse(last) as {
    findings: Found[]
    unseen: { unseen: FindingName[]; why: string }[]
    right: FindingName[]
    gone?: FindingName[]
  }
  const findings = said.findings.filter(({ finding }) => !far.has(finding))
  const unseen = said.unseen.flatMap(each => {
    const near = each.unseen.filter(name => !far.has(name))
    return near.length === 0 ? [] : [{ ...each, unseen: near }]
  })
  return { code, stderr, ...said, findings, unseen }
}

/** A healthy server has no finding that its jail knows alone. */
export const isHealthy = async (
  t: Test,
  setting: Setting,
  what = 'healthy',
): Promise<void> => {
  const { findings, unseen, stderr } = await doctor(setting)
  t.same(
    { findings, unseen, stderr },
    { findings: [], unseen: [], stderr: '' },
    what,
  )
}

/** Runs a script of sh in the jail, which must succeed. */
export const sh =
  ({ jail }: Setting) =>
  async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await jail.exec(['sh', '-ec', script])
    // Without its mount the next script would fill the disk of this machine.
    if (code !== 0) {
      throw new Error(`${script}: ${stderr}`)
    }
    return stdout
  }

/** Plants each fault, looks, and takes it back. */
export const planting = async (
  t: Test,
  setting: Setting,
  faults: readonly Planted[],
): Promise<void> => {
  for (const { what, plant, heal, ...expected } of faults) {
    const { first, says, beside = [], args = [] } = expected
    await t.test(`${first}: ${what}`, async t => {
      try {
        await plant()
        const { code, findings, unseen, stderr } = await doctor(setting, args)
        t.equal(code, 1, stderr)
        t.equal(findings[0]?.finding, first)
        t.match(findings[0]?.says, says)
        const others = findings
          .map(({ finding }) => finding)
          .filter(name => name !== first && !beside.includes(name))
        t.same(others, [], 'nothing but what follows from it')
        t.ok(
          findings.slice(1).every(({ because }) => because !== undefined),
          'and that is below it',
        )
        t.same(
          unseen.flatMap(each => each.unseen),
          [],
        )
      } finally {
        await heal()
      }
    })
  }
  await t.test('nothing is left of them', t => isHealthy(t, setting))
}
