import { exit, type Exit } from '../../lib/contract/failure.ts'
import { renderParams } from '../../lib/cli/usage.ts'
import type { Run } from '../world.ts'

/** The table of parameters, in one of its forms. */
export const run = async ({ line, log, facts }: Run): Promise<Exit> => {
  if (line.json) {
    facts['parameters'] = JSON.parse(renderParams('json'))
  } else {
    log.print(renderParams(line.own.format ?? 'text'))
  }
  return exit.ok
}
