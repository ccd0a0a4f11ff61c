// A service as in a plan, and processes that may be its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import type { Host } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import { synapseProof } from '../../lib/services/synapse/prove.ts'
import type { Probe } from '../../lib/net/probe.ts'
import type { HealthCheck } from '../../lib/engine/steps/daemon.ts'
import type { ServiceStep } from '../../lib/engine/steps/step.ts'
import { synapseDaemon } from '../../lib/services/synapse/daemon.ts'
import { hostIn } from './host-in.ts'

// Processes of this machine are not those of a jail, and there is no database.
const { runs: _, once: __, ...daemon } = synapseDaemon

/** How to check the health of a homeserver. */
export const healthAt = (at: Probe): HealthCheck => ({
  kind: 'http',
  at,
  path: '/health',
})

export const serviceStep = (
  probes: readonly Probe[],
  more: Partial<ServiceStep> = {},
): ServiceStep => ({
  ...daemon,
  kind: 'service',
  reads: [paths.homeserver],
  proof: synapseProof(paths.homeserver, '/mnt/matrixdata/keys/x'),
  checks: probes.map(healthAt),
  timeout: 10,
  ...more,
})

/** Whether a process runs; a zombie does not. */
export const alive = (pid: number): boolean => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return !/^State:\s*Z/m.test(status)
  } catch {
    return false
  }
}

/** The files of a jail whose processes are those of this machine. */
export const hostWith = (
  t: Test,
  files: Readonly<Record<string, string>> = {},
): Host => ({ ...hostIn(t, { '/tmp/.keep': '', ...files }), alive })

export const write = ({ root }: Host, path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

export const remove = ({ root }: Host, path: string): void =>
  rmSync(join(root, path), { recursive: true, force: true })

/** A process that runs until it is ended or the test is over. */
export const aProcess = async (t: Test) => {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' })
  await once(child, 'spawn')
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  t.teardown(end)
  return { pid: child.pid!, end }
}

/** The pid of a process that has ended. */
export const aDeadPid = async (t: Test): Promise<number> => {
  const { pid, end } = await aProcess(t)
  await end()
  return pid
}
