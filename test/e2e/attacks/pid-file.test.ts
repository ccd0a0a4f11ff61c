// A pid file is the word of synapse, who can write it at any moment: root ends no
// process because of it, and believes in no health.

import { once } from 'node:events'
import { basename } from 'node:path'
import t, { type Test } from 'tap'
import { paths } from '../../../lib/contract/paths.ts'
import { rootAlike } from '../../attacks/jail.ts'
import { pid, settle, whyNot, type Setting } from '../setting.ts'

const plain = { NOSSL: 'yes' }

const lives = async ({ jail }: Setting, inside: string): Promise<boolean> =>
  (await jail.exec(['kill', '-0', inside])).code === 0

const says = ({ jail }: Setting, text: string) =>
  jail.exec(['sh', '-c', `echo ${text} >${paths.pidFile}`], {
    user: 'synapse',
  })

/** Writes one pid and the other, for as long as a file exists. */
const flipping = (own: string, other: string): string => `
  cd ${paths.pidFile.replace(/\/[^/]*$/, '')} && echo >flip && echo ready
  while [ -e flip ]; do
    echo ${own} >${basename(paths.pidFile)}
    [ -e flip ] && echo ${other} >${basename(paths.pidFile)}
  done`

const tries = 3

const attack = async (t: Test): Promise<void> => {
  const setting = await settle(t, 'bun')
  const { jail, cook } = setting
  const first = await cook([], plain)
  t.equal(first.code, 0, first.stderr)
  const target = await rootAlike(t, jail)
  const own = pid(jail).trim()
  const status = () => cook(['status'])

  for (const [what, said] of [
    ['of root that looks like Synapse', target],
    ['that is the first', '1'],
  ] as const) {
    await t.test(`a pid file with a process ${what}`, async t => {
      await says(setting, said)
      const told = `names process ${said}, which is another one (of root)`
      const { code, stderr } = await status()
      t.equal(code, 69)
      t.match(stderr, told)
      const size = `${said.length + 20}M`
      const changed = await cook(['--max-upload', size], plain)
      t.equal(changed.code, 69, changed.stderr)
      t.ok(await lives(setting, target), 'and root has not ended it')
      t.ok(await lives(setting, own), 'nor has it started a second Synapse')
      await says(setting, own)
      t.equal((await status()).code, 0)
    })
  }

  await t.test('a pid file that changes all the time', async t => {
    for (let n = 0; n < tries; n++) {
      t.equal((await cook([], plain)).code, 0)
      const script = flipping(pid(jail).trim(), target)
      const child = jail.spawn(['sh', '-c', script], { user: 'synapse' })
      const ended = once(child, 'exit')
      await once(child.stdout!, 'data')
      const args = ['--max-upload', `${n + 30}M`, '--start-timeout', '5']
      const { code, stderr } = await cook(args, plain)
      t.ok([0, 69].includes(code), stderr)
      t.ok(await lives(setting, target), `try ${n}`)
      await jail.exec(['rm', paths.pidFile.replace(/[^/]*$/, 'flip')])
      await ended
      await jail.exec([
        'sh',
        '-c',
        `pkill -KILL -U synapse; rm ${paths.pidFile}`,
      ])
    }
  })
}

const skip = whyNot('bun')

t.test('root does not believe a pid file', { skip }, attack)
