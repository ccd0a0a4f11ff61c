// Faults that are planted one at a time on a healthy server, and what cook
// doctor says of each.

import type { Test } from 'tap'
import type { FindingName } from '../../../lib/contract/findings/findings.ts'
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
  /** What cannot be seen because of it. */
  unseen?: readonly FindingName[]
  /** More arguments. */
  args?: readonly string[]
}

interface Found {
  finding: FindingName
  says: string
  remedy: string
  because?: FindingName
}

/** The result of cook doctor. */
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
    new?: FindingName[]
    gone?: FindingName[]
  }
  return { code, stderr, ...said }
}

/** A healthy server: exit 0, and nothing to read. */
export const isHealthy = async (
  t: Test,
  { cook }: Setting,
  what = 'healthy',
): Promise<void> => {
  const { code, stdout, stderr } = await cook(['doctor'])
  t.same(
    { code, stdout, stderr },
    { code: 0, stdout: 'nothing is wrong\n', stderr: '' },
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
          expected.unseen ?? [],
        )
      } finally {
        await heal()
      }
    })
  }
  await t.test('nothing is left of them', t => isHealthy(t, setting))
}
