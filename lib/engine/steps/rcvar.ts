import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { assigned } from '../../formats/rc-conf.ts'
import { assigning } from '../../formats/rc-syntax.ts'
import type { Stage } from '../stage/stage.ts'
import type { RcvarStep } from './step.ts'
import * as remains from '../stage/remains.ts'

const isSame = (is: string | undefined, wanted: string): boolean =>
  // checkyesno of rc.subr(8) ignores the case.
  is === wanted || (/^(YES|NO)$/.test(wanted) && is?.toUpperCase() === wanted)

// A form that cook does not understand is drift.
const ownDrift = (step: RcvarStep, text: string): string | undefined => {
  const { at, value } = assigned(text.split('\n'), step.name)
  return step.value === undefined
    ? at < 0
      ? undefined
      : 'is no longer needed'
    : isSame(value, step.value)
      ? undefined
      : value === undefined
        ? `is not ${step.value}`
        : `is ${value} instead of ${step.value}`
}

/** What is wrong with the variable, or undefined. */
export const drift = (step: RcvarStep, host: Host): string | undefined =>
  ownDrift(step, host.text(paths.rcConf) ?? '') ??
  remains.drift(paths.rcConf, host, paths.rcConf)

/**
 * Sets the variable where it was last set, or at the end, or removes it. This
 * does what sysrc(8) would, but together with the other files, and below a root
 * as well.
 */
export const mend = (step: RcvarStep, host: Host, stage: Stage): void => {
  remains.mend(paths.rcConf, host, stage)
  const text = stage.text(paths.rcConf) ?? ''
  if (ownDrift(step, text) === undefined) {
    return
  }
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const line = assigning(step.name, step.value ?? '')
  const { at, value } = assigned(lines, step.name)
  const next =
    step.value === undefined
      ? lines.toSpliced(at, 1)
      : // A line that cook does not understand may set other variables too.
        value === undefined
        ? [...lines, line]
        : lines.with(at, line)
  stage.rewrite(paths.rcConf, next.map(each => `${each}\n`).join(''))
}
