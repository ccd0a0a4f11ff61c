// No secret gets out: whatever cook does and however it ends, no secret is in
// its output, in the arguments of other programs, or in a file that is not
// meant to contain it.

import t, { type Test } from 'tap'
import { whyNot, type Kind } from '../e2e/setting.ts'
import { whyNoTrace } from '../support/strace.ts'
import { commands } from '../leaks/commands.ts'
import { failures } from '../leaks/failures.ts'
import { settleAll } from '../leaks/jail.ts'
import { judge } from '../leaks/judge.ts'
import { takingOver } from '../leaks/old.ts'
import { percent, tellFigure } from './size.ts'

const leaks = async (t: Test, kind: Kind): Promise<void> => {
  const place = await settleAll(t, kind)
  await commands(t, place)
  await failures(t, place, kind)
  const { execs, files, secrets } = await judge(t, place)
  tellFigure(
    t,
    `${kind}: ${place.watch.runs()} runs, ${execs} programs started, ` +
      `${files} files: ${secrets} secrets nowhere but in their places`,
  )
}

const kinds: readonly Kind[] = percent > 0 ? ['bundle', 'bun', 'pkg'] : ['bun']

for (const kind of kinds) {
  const skip = whyNot(kind) || whyNoTrace()
  t.test(`no secret gets out (${kind})`, { skip }, t => leaks(t, kind))
  t.test(`no secret of a potluck jail gets out (${kind})`, { skip }, t =>
    takingOver(t, kind),
  )
}
