// No secret gets out: whatever cook is asked to do and however it ends, none
// is in what it prints, in what it gives to other programs, or in a file that
// is not meant to hold it.

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
  t.test(`nor one of a jail that is taken over (${kind})`, { skip }, t =>
    takingOver(t, kind),
  )
}
