// What attackers may not reach: files, processes, secrets and output of root.

import { lstatSync } from 'node:fs'
import type { Test } from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { differences, picture } from '../e2e/setting.ts'
import type { Jail } from '../jail/jail.ts'
import type { Done } from '../jail/run.ts'
import { seeker } from '../leaks/needles.ts'
import type { Secret } from '../leaks/secrets.ts'
import { factsOf, otherVictims, victims } from '../leaks/victims.ts'
import { entriesIn } from '../leaks/watcher.ts'
import { marker } from './attackers.ts'

// Where users other than root can write.
const theirs = [
  'tmp',
  'home',
  'var/tmp',
  'var/log/matrix-synapse',
  'var/run/matrix-synapse',
  'mnt/matrixdata/matrix-synapse',
  'mnt/matrixdata/media_store',
  'mnt/matrixdata/control',
]

/** What cook writes in a jail that it has configured before. */
const written = [
  /^mnt\/matrixdata(\/(cook|keys|tls|ssh))?$/,
  /^mnt\/matrixdata\/cook\/(params\.env|synapse\.mark|service-account\.json)$/,
  /^mnt\/matrixdata\/tls\/[\w.]+\.(crt|key)$/,
  /^usr\/local\/etc(\/(matrix-synapse|cron\.d|newsyslog\.conf\.d|rc\.d))?$/,
  /^usr\/local\/etc\/matrix-synapse\/(homeserver\.yaml|log\.config)$/,
  /^usr\/local\/etc\/(cron|newsyslog\.conf|rc)\.d\/cook(\.conf|_health)?$/,
  /^var\/db\/cook(\/(intent\.json|last\.json|readings\.json|synapse\.mark))?$/,
  /^var\/log(\/(cook|auth)\.log)?$/,
  /^var\/run(\/.*)?$/,
  /^etc(\/(rc\.conf|ssh))?$/,
]

const isPlace = (path: string): boolean => written.some(each => each.test(path))

const uid = (path: string): number =>
  lstatSync(path, { throwIfNoEntry: false })?.uid ?? -1

/** Whether a process of the jail lives, by its pid inside. */
const lives = async (jail: Jail, pid: string): Promise<boolean> =>
  (await jail.exec(['kill', '-0', pid])).code === 0

const documented: readonly number[] = Object.values(exit).filter(
  code => code !== exit.software,
)

/** DOMAIN in the files of parameters that users plant. */
export const believed = 'believed.example'

/** A judge of single runs. */
export const judgeOf = (
  jail: Jail,
  secrets: readonly Secret[],
  sentinels: readonly string[],
) => {
  const seek = seeker(secrets)
  const look = () => picture(jail.root, ['proc', 'dev', ...theirs])
  // The number of names of a file and its ctime change with its hard links,
  // which are the attackers'.
  const looks = () =>
    factsOf(jail).map(each =>
      each.replace(
        /^((?:file|environment|secret)(?:,\d+){5}),\d+(,\d+),\d+$/,
        '$1$2',
      ),
    )
  let files = look()
  const facts = looks()

  return {
    /** What cook has said and how it ended. */
    said: (t: Test, args: readonly string[], done: Done): void => {
      const { code, signal, stdout, stderr } = done
      const what = args.join(' ') || 'apply'
      const told = stdout + stderr
      t.ok(
        signal === null && documented.includes(code),
        `${what}: exit ${code} ${signal ?? ''}: ${code === 0 ? '' : stderr}`,
      )
      t.notMatch(told, 'a defect', what)
      // What others wrote is plain text before a terminal sees it.
      t.notMatch(told, /[\0-\x08\x0b-\x1f\x7f-\x9f]/, `${what}: plain text`)
      t.same(seek(told), [], `${what}: no secret in its output`)
      t.notMatch(told, believed, `${what}: no file of others is believed`)
    },

    /** Files and processes of root. */
    kept: async (t: Test, what: string): Promise<void> => {
      const now = look()
      t.same(
        differences(files, now).filter(path => !isPlace(path)),
        [],
        `${what}: root's files are as they were`,
      )
      files = now
      t.same(looks(), facts, `${what}: so are those links lead to`)
      for (const pid of sentinels) {
        t.ok(await lives(jail, pid), `${what}: a process of root lives`)
      }
    },

    /** What is in files, while the plants are there. */
    contents: (t: Test, what: string): void => {
      const leave = ['/proc', '/dev', '/attacks', '/usr/local/lib']
      const all = entriesIn(jail.root, [
        ...leave,
        '/mnt/matrixdata/matrix-synapse',
        victims,
        otherVictims,
      ])
      const found = all.map(entry => ({
        ...entry,
        // Of a hard link to a file of root's, which nothing has used.
        isLinked: lstatSync(jail.path(entry.path)).nlink !== 1,
        isRoots: uid(jail.path(entry.path)) === 0,
      }))
      const trusted = found.filter(
        ({ path, text, isRoots }) =>
          isRoots && path !== '/var/log/cook.log' && text.includes(marker),
      )
      t.same(
        trusted.map(({ path }) => path),
        [],
        `${what}: root has taken nothing over`,
      )
      const told = found
        .filter(
          ({ isLinked, isOpen, isRoots }) => !isLinked && (isOpen || !isRoots),
        )
        .flatMap(({ path, text }) => seek(text).map(name => `${path}: ${name}`))
      t.same(told, [], `${what}: no secret where they can read`)
    },
  }
}

export type Judge = ReturnType<typeof judgeOf>
