import type { Host } from '../host.ts'
import { paths } from '../paths.ts'
import { valueIn } from '../rc-conf.ts'
import type { Stage } from '../stage.ts'
import type { RcvarStep } from '../step.ts'

const isSame = (a: string | undefined, b: string): boolean =>
  // rc.subr's checkyesno does not mind the case.
  a?.toUpperCase() === b.toUpperCase()

/** What is wrong with the variable, or nothing; other forms are drift. */
export const drift = (step: RcvarStep, host: Host): string | undefined => {
  const value = valueIn(host.text(paths.rcConf) ?? '', step.name)
  return isSame(value, step.value)
    ? undefined
    : value === undefined
      ? `is not ${step.value}`
      : `is ${value} instead of ${step.value}`
}

/**
 * Sets the variable where it was last set, or at the end. This does what
 * sysrc(8) would, but together with the other files and below a root as well.
 */
export const mend = (step: RcvarStep, host: Host, stage: Stage): void => {
  const lines = (stage.text(paths.rcConf) ?? '').replace(/\n$/, '').split('\n')
  const line = `${step.name}="${step.value}"`
  const at = lines.findLastIndex(each =>
    each.trimStart().startsWith(`${step.name}=`),
  )
  const next =
    at >= 0 ? lines.with(at, line) : [...lines.filter((l, i) => i > 0 || l), line]
  const stat = host.look(paths.rcConf)
  stage.file(
    paths.rcConf,
    `${next.join('\n')}\n`,
    stat?.mode ?? 0o644,
    host.privileged && stat ? stat : { uid: undefined, gid: undefined },
  )
}
