import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { closeFolders } from '../../../lib/engine/data-set/close-folders.ts'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import type { DirStep } from '../../../lib/engine/steps/step.ts'
import type { Host } from '../../../lib/host/host.ts'
import { at, hostIn, whyNotRoot } from '../../small/host-in.ts'
import { refusal } from '../../small/refusal.ts'

const dir = (path: string, owner = 'root'): DirStep => ({
  ...{ kind: 'dir', path, owner, group: 'wheel', mode: 0o750 },
})

const folders = [
  paths.sshKeysDir,
  paths.keysDir,
  paths.tlsDir,
  paths.overlayDir,
  paths.recordDir,
]
const steps = [...folders, paths.data].map(path => dir(path))

/** A data set that another user owns, with all of cook's directories. */
const theirs = (t: Test): Host => {
  const host = hostIn(t, { '/root/other': 'x' })
  for (const path of [paths.data, ...folders]) {
    mkdirSync(at(host, path), { recursive: true })
    chownSync(at(host, path), 991, 991)
    chmodSync(at(host, path), 0o777)
  }
  return host
}

const facts = (host: Host): string[] =>
  [paths.data, ...folders].map(path => {
    const { uid, mode } = host.look(path)!
    return `${uid} ${mode.toString(8)}`
  })

/** The host, on which something happens when a directory is closed. */
const meanwhile = (host: Host, closed: string, happens: () => void): Host => ({
  ...host,
  setDir: (path, mode, owner) => {
    host.setDir(path, mode, owner)
    path === closed && owner.uid === 0 && happens()
  },
})

t.test('directories of root are closed', { skip: whyNotRoot }, async t => {
  const host = theirs(t)
  const closed = closeFolders(steps, host, newStage(host))
  t.same(
    closed.map(({ step, reason }) => [step.path, reason]).toSorted(),
    [paths.data, ...folders]
      .map(path => [path, 'does not belong to root:wheel'])
      .toSorted(),
  )
  t.equal(closed[0]?.step.path, paths.data, 'the one above the others first')
  t.same([...new Set(facts(host))], ['0 750'])
  t.same(closeFolders(steps, host, newStage(host)), [], 'and only once')
})

t.test('those of users stay as they are', { skip: whyNotRoot }, async t => {
  const host = theirs(t)
  const before = facts(host)
  const own = [paths.data, ...folders].map(path => dir(path, 'synapse'))
  t.same(closeFolders(own, host, newStage(host)), [])
  t.same(facts(host), before)
})

const ways = {
  'a file': (place: string) => {
    writeFileSync(place, 'x')
    chownSync(place, 991, 991)
  },
  'a hard link': (place: string, host: Host) =>
    linkSync(at(host, '/root/other'), place),
  'a link': (place: string) => {
    symlinkSync('/root/other', place)
    lchownSync(place, 991, 991)
  },
  'a directory': (place: string) => {
    mkdirSync(place)
    chownSync(place, 991, 991)
  },
}

for (const folder of folders) {
  for (const [what, plant] of Object.entries(ways)) {
    t.test(
      `${what} that comes into ${folder} while cook works is refused`,
      { skip: whyNotRoot },
      async t => {
        const host = theirs(t)
        const before = facts(host)
        const busy = meanwhile(host, paths.data, () =>
          plant(join(at(host, folder), 'own'), host),
        )
        const stage = newStage(busy)
        t.match(
          refusal(() => closeFolders(steps, busy, stage)),
          {
            exit: exit.config,
            message: new RegExp(
              `^${folder}: .* may have put "own" there: .*: nothing was changed$`,
            ),
          },
        )
        stage.abandon()
        t.same(facts(host), before, 'and the directories are as they were')
      },
    )
  }
}
