import type { Context } from '../context.ts'
import type { Look } from './look.ts'
import type { Params } from '../../params/params.ts'
import { runningLook } from './running.ts'

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
  return [runningLook(context), ...looks.flat()]
}
