import { look, type Look } from './look.ts'
import type { Context } from '../context.ts'
import { statusOf } from '../health/status.ts'

// In seconds. A healthy service answers at once.
const patience = 2

/** Whether each service that the last apply started is healthy. */
export const runningLook = (context: Context): Look =>
  look(['service-down'], async () => {
    const all = await statusOf(context, patience)
    return all.flatMap(({ health }) =>
      health.healthy
        ? []
        : [{ finding: 'service-down', says: `${health.cause}` } as const],
    )
  })
