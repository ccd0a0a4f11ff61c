import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until a condition holds, at most a minute. */
export const until = async (
  holds: () => boolean | Promise<boolean>,
): Promise<void> => {
  for (let tries = 0; tries < 3000 && !(await holds()); tries++) {
    await sleep(20)
  }
}
