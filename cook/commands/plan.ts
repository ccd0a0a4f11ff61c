import { driftLine, drifts, type Drift } from '../../lib/engine/drifts.ts'
import { exit, type Exit } from '../../lib/contract/failure.ts'
import { stepName } from '../../lib/engine/steps/step.ts'
import { contextOf, intend } from '../road.ts'
import { nothingToDo, type Run } from '../world.ts'

const lineOf = (each: Drift): string =>
  driftLine(each) + (each.reloads ? ' (would be reloaded)' : '')

/** A run without apply: it lists the changes. */
export const run = async (run: Run): Promise<Exit> => {
  const context = contextOf(run)
  const plan = await intend(run, context)
  const found = await drifts(plan, context)
  run.facts['changes'] = found.map(lineOf)
  for (const each of found) {
    const { step, reason, reloads } = each
    const how = reloads ? { reloads } : {}
    run.log.item(lineOf(each), { step: stepName(step), reason, ...how })
  }
  for (const { name, what } of found.length > 0 ? plan.moves : []) {
    run.log.item(`${name} ${what}`, { step: `service ${name}`, reason: what })
  }
  if (found.length === 0) {
    run.log.item(nothingToDo, {})
  }
  return found.length === 0 ? exit.ok : exit.changes
}
