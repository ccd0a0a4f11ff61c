// A user at a terminal in a jail, by person.py.

import { readFileSync } from 'node:fs'
import type { Jail } from './jail.ts'
import { findSynapse } from './synapse.ts'

export interface Seen {
  /** What the terminal showed. */
  output: string
  code: number | null
  signal: string | null
  /** Whether echo was off whenever something was typed. */
  hidden: boolean
  /** Whether the mode of the terminal was restored. */
  restored: boolean
}

/** Text to wait for, and then text to type or the name of a signal. */
export type Act = readonly [string, string]

const script = readFileSync(new URL('person.py', import.meta.url), 'utf8')

/** Runs a program on its own terminal. */
export const atTerminal = async (
  { exec }: Jail,
  argv: string[],
  env: Record<string, string>,
  acts: readonly Act[],
): Promise<Seen> => {
  const asked = JSON.stringify({ argv, env, acts })
  const argv0 = `/usr/local/bin/${findSynapse().python}`
  const { code, stdout, stderr } = await exec([argv0, '-', asked], {
    input: script,
  })
  if (code !== 0) {
    throw new Error(`the person: ${stderr}`)
  }
  return JSON.parse(stdout) as Seen
}
