import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import type { LineStep } from './step.ts'
import * as remains from '../stage/remains.ts'

const isIt = ({ line }: LineStep, text: string): boolean => text.trim() === line

const saysNothing = (text: string): boolean => /^\s*(#|$)/.test(text)

/** Whether the line is anywhere in the file. */
export const hasLine = (step: LineStep, host: Host): boolean =>
  (host.text(step.path) ?? '').split('\n').some(each => isIt(step, each))

const ownDrift = (step: LineStep, host: Host): string | undefined => {
  const lines = (host.text(step.path) ?? '').split('\n')
  const first = lines.find(each => !saysNothing(each)) ?? ''
  return step.place === 'first'
    ? isIt(step, first)
      ? undefined
      : `does not begin with ${step.line}`
    : hasLine(step, host)
      ? `still contains ${step.line}`
      : undefined
}

/** What is wrong with the file, or undefined. */
export const drift = (step: LineStep, host: Host): string | undefined =>
  ownDrift(step, host) ?? remains.drift(step.path, host)

/** Whether mending changes what readers of the file see. */
export const changesContent = (step: LineStep, host: Host): boolean =>
  ownDrift(step, host) !== undefined

/** Writes the file with the line in its place; the rest of it stays. */
export const mend = (step: LineStep, host: Host, stage: Stage): void => {
  const needed = changesContent(step, host)
  remains.mend(step.path, host, stage)
  if (!needed) {
    return
  }
  const lines = (stage.text(step.path) ?? '').split('\n')
  const others = lines.filter(each => !isIt(step, each))
  const next = step.place === 'first' ? [step.line, ...others] : others
  stage.rewrite(step.path, next.join('\n'))
}
