// What is measured, and under which conditions.

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { kinds, type Kind } from '../test/e2e/setting.ts'
import { findSynapse } from '../test/jail/synapse.ts'

export const names: Record<Kind, string> = {
  pkg: 'pkg (dist/cook)',
  bun: 'Bun (dist/cook-linux-amd64)',
  bundle: 'bundle, under Node',
}

/** The two that people install. */
export const executables = ['pkg', 'bun'] as const

/** The command line of a kind of cook outside a jail. */
export const commandOf = (kind: Kind): [string, ...string[]] =>
  kind === 'bundle' ? [process.execPath, '--', kinds.bundle] : [kinds[kind]]

export const mebibyte = 2 ** 20

export const sizeOf = (kind: Kind): number =>
  statSync(kinds[kind]).size / mebibyte

const versionOf = (kind: Kind): string => {
  const [file, ...args] = commandOf(kind)
  return execFileSync(file, [...args, '--version'], { encoding: 'utf8' }).trim()
}

const filesystem = (folder: string): string =>
  execFileSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' }).trim()

/** The machine, and the versions of everything involved. */
export const circumstances = (folder: string): string[] => {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0]
  const { version, python } = findSynapse()
  return [
    `machine: ${cpu?.model.trim()}, ${availableParallelism()} cores, ` +
      `${memory} GiB, ${type()} ${release()}, ${filesystem(folder)}; ` +
      `load at the start ${load}`,
    ...executables.map(kind => `${names[kind]}: ${versionOf(kind)}`),
    `Synapse ${version} under ${python}`,
    `measured by Node ${process.versions.node}`,
  ]
}
