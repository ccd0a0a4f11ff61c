// Nobody can trip root by being fast: the data set is synapse's, as potluck
// left it. While cook makes it root's, a script of synapse's puts files into the
// directories that root will trust. It has each of them open from before.

import { existsSync, lstatSync } from 'node:fs'
import { once } from 'node:events'
import { basename, dirname } from 'node:path'
import t, { type Test } from 'tap'
import {
  paths,
  secretPath,
  certificateKeyPath,
} from '../../../lib/contract/paths.ts'
import { entriesIn } from '../../leaks/watcher.ts'
import { domain, settle, whyNot, type Setting } from '../setting.ts'

const marker = 'planted by synapse'
const publicKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(42)}B ${marker}`

/** What a first run leaves alone, and what a later one will trust. */
const baits = [
  [paths.authorizedKeys, publicKey, { CONTROLUSER: 'yes' }, {}],
  [`${paths.overlayDir}/own.yaml`, `auto_join_rooms: []  # ${marker}`, {}, {}],
  [secretPath('registration'), marker, { MYSHAREDSECRET: 'x y z' }, {}],
  [certificateKeyPath(domain), marker, { NOSSL: 'yes' }, { NOSSL: 'no' }],
  [paths.adminPassword, marker, {}, { ADMINUSER: 'boss' }],
] as const

const tries = 6

/**
 * Waits, with its directory open, until the data set or that directory is no
 * longer its own, and writes at once. It runs no program meanwhile.
 */
const attack = (place: string, text: string): string => `
  umask 0
  cd ${paths.data} && rm -rf * && mkdir media_store matrix-synapse
  mkdir -m 777 ${dirname(place)}
  cd ${dirname(place)} || exit
  echo ready
  while [ -O ${paths.data} ]; do :; done
  n=0
  until echo '${text}' >${basename(place)} || [ $n -gt 2000 ]; do
    n=$((n + 1))
  done 2>/dev/null
  echo done
`

/** Files of root in the jail that contain what synapse wrote. */
const trusted = ({ jail }: Setting): string[] =>
  entriesIn(jail.root, ['/proc', '/dev'])
    .filter(
      ({ path, text }) => text.includes(marker) && uid(jail.path(path)) === 0,
    )
    .map(({ path }) => path)

const uid = (path: string): number =>
  lstatSync(path, { throwIfNoEntry: false })?.uid ?? -1

const race = async (
  t: Test,
  setting: Setting,
  [place, text, first, then]: (typeof baits)[number],
): Promise<boolean> => {
  const { jail, cook } = setting
  await jail.exec([
    'sh',
    '-c',
    `rm -rf ${paths.data} ${paths.stateDir} ${paths.homeserver}
    mkdir ${paths.data} && chown synapse:synapse ${paths.data}`,
  ])
  const script = jail.spawn(['/bin/sh', '-c', attack(place, text)], {
    user: 'synapse',
  })
  const ended = once(script, 'exit')
  await once(script.stdout!, 'data')
  const one = await cook(['--no-start'], first)
  if (uid(jail.path(paths.data)) !== 0) {
    // Nothing was closed for good: there is nothing to wait for.
    script.kill('SIGKILL')
  }
  await ended
  const won = existsSync(jail.path(place)) && uid(jail.path(place)) !== 0
  t.ok([0, 78].includes(one.code), one.stderr)
  if (won) {
    const two = await cook(['--no-start'], { ...first, ...then })
    t.equal(two.code, 78, two.stderr)
    t.match(two.stderr, basename(place))
  }
  t.same(trusted(setting), [], 'root has taken nothing over')
  return won
}

const racing = async (t: Test): Promise<void> => {
  const setting = await settle(t, 'bun')
  let wins = 0
  for (const bait of baits) {
    await t.test(`a file at ${bait[0]} that comes in time`, async t => {
      for (let n = 0; n < tries; n++) {
        wins += (await race(t, setting, bait)) ? 1 : 0
      }
    })
  }
  // Few, since cook closes all directories at once.
  t.comment(`${wins} files were there in time`)
}

const skip = whyNot('bun')

t.test('nobody can trip root by being fast', { skip }, racing)
