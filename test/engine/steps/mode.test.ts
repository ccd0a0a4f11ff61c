import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import t from 'tap'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import type { ModeStep } from '../../../lib/engine/steps/step.ts'
import { drift, mend } from '../../../lib/engine/steps/mode.ts'
import { at, hostIn, mended, whyNotRoot } from '../../small/host-in.ts'

const path = '/tmp/environment.sh'
const step: ModeStep = { kind: 'mode', path, mode: 0o600 }
const modeAt = (real: string) => (statSync(real).mode & 0o7777).toString(8)

t.test('a missing file does not drift', async t => {
  t.equal(drift(step, hostIn(t, { '/tmp/x': '' })), undefined)
  t.equal(drift(step, hostIn(t, {})), undefined)
})

t.test('only root changes the mode', async t => {
  const host = hostIn(t, { [path]: 'x' }, 48123)
  t.equal(drift(step, host), undefined)
})

t.test(
  'root removes the permissions of other users',
  { skip: whyNotRoot },
  async t => {
    for (const [before, is] of [
      [0o644, true],
      [0o604, true],
      [0o640, true],
      [0o620, true],
      [0o711, false],
      [0o600, false],
      [0o400, false],
    ] as const) {
      const host = hostIn(t, { [path]: 'its content' })
      const real = at(host, path)
      chmodSync(real, before)
      const { mtimeMs } = statSync(real)
      const said = drift(step, host)
      t.equal(said !== undefined, is, before.toString(8))
      if (is) {
        t.equal(
          said,
          `has mode 0${before.toString(8)}, so other users can read its secrets`,
        )
        await mended(host, stage => mend(step, host, stage))
        t.equal(modeAt(real), '600')
        t.equal(statSync(real).mtimeMs, mtimeMs)
        t.equal(host.text(path), 'its content')
        t.equal(drift(step, host), undefined)
      }
    }
  },
)

t.test(
  'if the run fails the mode is restored',
  { skip: whyNotRoot },
  async t => {
    const host = hostIn(t, { [path]: 'x' })
    chmodSync(at(host, path), 0o644)
    const stage = newStage(host)
    mend(step, host, stage)
    stage.abandon()
    t.equal(modeAt(at(host, path)), '644')
  },
)

t.test(
  'a file that another user may have put there is not changed',
  { skip: whyNotRoot },
  async t => {
    for (const [what, put] of [
      ['a file of another user', (real: string) => chownSync(real, 48123, 0)],
      ['a second hard link', (real: string) => linkSync(real, `${real}.2`)],
      [
        'a link',
        (real: string) => {
          linkSync(real, `${real}.2`)
          rmSync(real)
          symlinkSync(`${real}.2`, real)
        },
      ],
      [
        'a directory',
        (real: string) => {
          rmSync(real)
          mkdirSync(real, 0o755)
        },
      ],
    ] as const) {
      const host = hostIn(t, { [path]: 'x' })
      const real = at(host, path)
      chmodSync(real, 0o644)
      put(real)
      const before = modeAt(real)
      t.equal(drift(step, host), undefined, what)
      // As if it had been put there after the plan.
      const stage = newStage(host)
      try {
        mend(step, host, stage)
      } catch (error) {
        t.match(error, /is a symbolic link/, what)
      }
      t.equal(modeAt(real), before, what)
      stage.abandon()
      t.equal(modeAt(real), before, what)
    }
  },
)
