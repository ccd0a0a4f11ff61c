// Takes the lock repeatedly, like several cooks at once: `node take-lock.ts
// ROOT TIMES [dies]`. With `dies` it exits while it holds it. Prints how often
// another process held it at the same time.

import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exit, Failure } from '../../lib/contract/failure.ts'
import { hostAt } from '../../lib/host/host.ts'
import { lock, refuseIfLocked } from '../../lib/host/lock.ts'
import { machine } from '../small/host-in.ts'

const [root = '', times, dies] = process.argv.slice(2)

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const host = hostAt(root, { ...machine, alive })
const held = join(root, 'held')
let together = 0

const attempt = (): (() => void) | undefined => {
  try {
    Math.random() < 0.5 && refuseIfLocked(host)
    return lock(host)
  } catch (error) {
    if (error instanceof Failure && error.exit === exit.tempFail) {
      return undefined
    }
    throw error
  }
}

for (let taken = 0; taken < Number(times); ) {
  const unlock = attempt()
  if (unlock === undefined) {
    await sleep(Math.random() * 3)
    continue
  }
  taken++
  try {
    closeSync(openSync(held, 'wx'))
  } catch {
    together++
  }
  await sleep(Math.random() * 3)
  rmSync(held, { force: true })
  if (dies && taken === Number(times)) {
    process.stdout.write(`${together}`, () => process.kill(process.pid, 9))
    await sleep(10_000)
  }
  unlock()
}
process.stdout.write(`${together}`)
