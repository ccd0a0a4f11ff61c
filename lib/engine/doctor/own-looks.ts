import type { Context } from '../context.ts'
import type { Look } from './look.ts'
import type { Params } from '../../params/params.ts'
import { bootLook, driftLook, interruptedLook, refusalLook } from './record.ts'
import { pidFileLook, processLook, rcLook } from './daemons.ts'
import { planning } from './planned.ts'
import { runningLook } from './running.ts'
import { logLook, spaceLook } from './space.ts'

const engineLooks = (context: Context): Look[] => {
  const planned = planning(context)
  return [
    ...[spaceLook, logLook(context)],
    ...[rcLook(context, planned), pidFileLook(context), runningLook(context)],
    ...[bootLook, interruptedLook, refusalLook(planned), driftLook(planned)],
    processLook(planned),
  ]
}

/**
 * All looks at this jail: those of the engine, and those of each service that
 * its parameters ask for.
 */
export const ownLooks = async (
  context: Context,
  params: Params,
): Promise<Look[]> => {
  const wanted = context.services.filter(each => each.wanted(params))
  const looks = await Promise.all(
    wanted.map(async each => (await each.looks?.(params)) ?? []),
  )
  return [...engineLooks(context), ...looks.flat()]
}
