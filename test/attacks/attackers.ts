// Users of a jail who attack: their scripts (user/), and what they report.

import { once } from 'node:events'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Jail } from '../jail/jail.ts'
import { findSynapse } from '../jail/synapse.ts'
import type { Secret } from '../leaks/secrets.ts'
import { until } from '../support/until.ts'

/** An attack: its kind in user/attacker.py, and its object. */
export type Attack = readonly [kind: string, what: unknown]

/** What all attackers are told. */
export interface Orders {
  /** Files of root that links lead to: in the jail and on its data set. */
  targets: readonly [string, string]
  /**
   * For a file that the administrator names: one of root's with such a content,
   * to which links lead, and the text of one that a user may write.
   */
  named: Readonly<
    Record<'environment' | 'secret', readonly [target: string, text: string]>
  >
  /** Lines of a planted environment file. */
  exports: readonly string[]
  /** Processes of root that a pid file shall name. */
  pids: readonly string[]
  /** Command lines to imitate. */
  alike: readonly (readonly string[])[]
  /** What the user may not read. */
  secrets: readonly Secret[]
}

/** What attackers write, to be found again. */
export const marker = 'planted by an attacker'

const scripts = fileURLToPath(new URL('user', import.meta.url))
const inside = '/attacks'

/** Puts the scripts of the attackers into a jail, readable for them. */
export const arm = (jail: Jail): void => {
  mkdirSync(jail.path(inside))
  for (const name of readdirSync(scripts)) {
    if (name.endsWith('.py')) {
      const text = readFileSync(join(scripts, name))
      writeFileSync(jail.path(join(inside, name)), text, { mode: 0o644 })
    }
  }
}

// Only root can make it on Linux; on FreeBSD every user can.
const linkHard = (jail: Jail, [kind, path]: Attack, orders: Orders): string => {
  const [own, onData] = orders.targets
  const { environment, secret } = orders.named
  const [named] = String(path).endsWith('.env') ? environment : secret
  const other = String(path).startsWith('/mnt/') ? onData : own
  const target = kind === 'named' ? named : other
  const link = join(dirname(String(path)), `.hard-${basename(String(path))}`)
  rmSync(jail.path(link), { force: true })
  linkSync(jail.path(target), jail.path(link))
  return link
}

const hexParts = (secrets: readonly Secret[]): [string, string][] =>
  secrets.flatMap(({ name, parts }) =>
    parts.map((part): [string, string] => [name, part.toString('hex')]),
  )

/** Starts a user's attacks; they go on until they are stopped. */
export const attacking = async (
  jail: Jail,
  user: string,
  attacks: readonly Attack[],
  orders: Orders,
) => {
  const links = attacks
    .filter(
      ([kind, at]) =>
        kind === 'named' || (kind === 'flip' && !/^\/tmp\//.test(String(at))),
    )
    .filter(([, at]) => existsSync(jail.path(dirname(String(at)))))
    .map(each => linkHard(jail, each, orders))
  const told = { ...orders, marker, attacks, secrets: hexParts(orders.secrets) }
  const python = `/usr/local/bin/${findSynapse().python}`
  const child = jail.spawn([python, '-B', `${inside}/attacker.py`], {
    user,
    env: { PATH: '/bin:/usr/bin', ORDERS: JSON.stringify(told) },
    input: '',
  })
  const ended = once(child, 'exit')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', text => (said += text))
  }
  const lines = () => said.split('\n').slice(0, -1)
  const reached = async (word: string): Promise<void> => {
    const missing = () => {
      const at = lines()
      return attacks.filter(
        (_, n) => !at.includes(`${word} ${n}`) && !at.includes(`ended ${n}`),
      )
    }
    await until(() => child.exitCode !== null || missing().length === 0)
    if (missing().length > 0) {
      throw new Error(`${user}: not ${word}: ${missing().join()}: ${said}`)
    }
  }
  await reached('ready')
  return {
    user,
    /** Ends the attacks; what they have planted stays. */
    stop: async (): Promise<void> => {
      child.kill('SIGTERM')
      await reached('stopped')
    },
    /** Takes back what they have planted. */
    leave: async (): Promise<void> => {
      child.kill('SIGTERM')
      await ended
      links.forEach(link => rmSync(jail.path(link), { force: true }))
    },
    /** What should not have happened, in their own words. */
    won: (): string[] =>
      lines()
        .filter(line => !/^(ready|stopped|ended) \d+$/.test(line))
        .map(line => `${user}: ${line}`),
    /** The attacks that somebody else has ended. */
    fallen: (): string[] =>
      attacks
        .filter((_, n) => {
          const at = lines()
          return at.includes(`ended ${n}`) && !at.includes(`stopped ${n}`)
        })
        .map(([kind, what]) => `${user}: ${kind} ${String(what)}`),
  }
}

export type Attacker = Awaited<ReturnType<typeof attacking>>
