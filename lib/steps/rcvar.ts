import { paths } from '../paths.ts'
import type { Host } from '../host.ts'
import type { Stage } from '../stage.ts'
import type { RcvarStep } from '../step.ts'
import { remainsDrift } from './remains.ts'

// rc.conf is a file of sh assignments; the last one of a name counts. Only
// plain words and plain quotes are understood, other forms count as drift.
const assignment = (name: string): RegExp =>
  new RegExp(`^[ \\t]*${name}=(?:"([^"\`$\\\\]*)"|'([^']*)'|([\\w./-]*))[ \\t]*(?:#.*)?$`)

const valueIn = (text: string, name: string): string | undefined => {
  const last = text
    .split('\n')
    .findLast(line => line.trimStart().startsWith(`${name}=`))
  const [, double, single, plain] = last?.match(assignment(name)) ?? []
  return double ?? single ?? plain
}

const isSame = (a: string | undefined, b: string): boolean =>
  // rc.subr's checkyesno does not mind the case.
  a?.toUpperCase() === b.toUpperCase()

const ownDrift = (step: RcvarStep, host: Host): string | undefined => {
  const value = valueIn(host.text(paths.rcConf) ?? '', step.name)
  return isSame(value, step.value)
    ? undefined
    : value === undefined
      ? `is not ${step.value}`
      : `is ${value} instead of ${step.value}`
}

/** What is wrong with the variable, or nothing. */
export const drift = (step: RcvarStep, host: Host): string | undefined =>
  ownDrift(step, host) ?? remainsDrift(host, paths.rcConf)

/**
 * Sets the variable where it was last set, or at the end. This does what
 * sysrc(8) would, but together with the other files and below a root as well.
 */
export const mend = (step: RcvarStep, host: Host, stage: Stage): void => {
  const needed = ownDrift(step, host) !== undefined
  stage.clean(paths.rcConf)
  if (needed) {
    set(step, host, stage)
  }
}

const set = (step: RcvarStep, host: Host, stage: Stage): void => {
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
