// All the ways in which cook can fail.

import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import type { Kind } from '../e2e/setting.ts'
import { percent } from '../proof/size.ts'
import { lockText } from '../support/lock-text.ts'
import { forms } from './commands.ts'
import type { Place } from './jail.ts'
import { hidden } from './watcher.ts'
import { ways } from './ways.ts'

const configuration = '/usr/local/etc/matrix-synapse'
const potFile = '/tmp/environment.sh'

/** Ways to make a secret invalid. */
const faults: readonly ((text: string) => string)[] = [
  text => `${text}\u0007`,
  text => `\ufffd${text}`,
  text => text.repeat(500),
  text => `${text}\n${text}`,
]

/** Wrong parameters and command lines. */
const refusals = async (t: Test, place: Place): Promise<void> => {
  const { run, given, setting } = place
  const { jail } = setting
  const spoilt = (how: (text: string) => string) =>
    Object.fromEntries(
      Object.entries(given).map(([name, text]) => [name, how(text)]),
    )
  for (const how of percent > 0 ? faults : faults.slice(0, 1)) {
    for (const give of Object.values(ways(jail, spoilt(how)))) {
      for (const form of forms) {
        const { args, ...rest } = give()
        const all = ['--smtp-port', 'x', ...args, ...form]
        await run(t, { ...rest, args: all }, [78])
      }
    }
  }
  writeFileSync(jail.path(potFile), `export "SMTPPASS=${given['SMTPPASS']}\n`)
  await run(t, { args: ['plan'] }, [78])
  ways(jail, given)["pot's environment"]?.()
  for (const [name = '', text = ''] of Object.entries(given)) {
    const near = `--${name.toLowerCase()}s`
    for (const args of [[near, text], [`${near}=${text}`]]) {
      await run(t, { args, flags: true }, [64])
    }
  }
}

/** Failures of the system. */
const hindrances = async (t: Test, place: Place): Promise<void> => {
  const { run, given: env, setting } = place
  const { jail } = setting
  const program = ['setpriv', '--reuid=nobody', 'cook']
  await run(t, { args: [], program, env }, [77])

  const lock = jail.path('/var/run/cook.lock')
  symlinkSync(lockText(jail.pid, 1), lock)
  await run(t, { args: ['--json'], env }, [75])
  rmSync(lock)

  await jail.exec(['/bin/mount', '--bind', configuration, configuration])
  await jail.exec(['/bin/mount', '-o', 'remount,bind,ro', configuration])
  await run(t, { args: ['--log', '--max-upload', '9M'], env }, [73])
  await jail.exec(['umount', configuration])
}

/** What Synapse refuses, or dies of. */
const ailments = async (t: Test, place: Place): Promise<void> => {
  const { run, own, settings, given: env } = place
  own('turn_shared_secret_path: /no/such/file\n')
  const refused = await run(t, { args: [], env }, [78])
  t.match(refused.stderr, /Synapse refuses this configuration/)
  // If Synapse expects a list, it prints what it has found instead.
  const secret = JSON.stringify(settings)
  own(`oidc_providers: {idp_id: x, client_secret: ${secret}}\n`)
  const shown = await run(t, { args: ['--log'], env }, [78])
  t.match(shown.stderr, /client_secret\W+«hidden»\W+ is not valid/)
  own('a: [')
  await run(t, { args: [], env }, [78])
  own(
    'listeners: [{port: 8008, type: http, bind_addresses: [10.9.9.9], ' +
      'resources: [{names: [client]}]}]\n',
  )
  const died = await run(t, { args: ['--log'], env }, [69])
  t.match(died.stderr, /the previous files were restored/)
  own('')
}

// In the run itself, in a callback, and in a promise.
const defects = [
  'fs.fchownSync = () => fs.no()',
  'const { fsync } = fs; fs.fsync = fd => fsync(fd, () => fs.no())',
  'const { fsync } = fs; fs.fsync = () => Promise.reject(new TypeError())',
]

/** Defects in cook. */
const crashes = async (t: Test, { run, setting, given: env }: Place) => {
  const file = `${hidden}/defect.cjs`
  const node = ['node', '--require', file, '--', '/usr/local/bin/cook']
  for (const defect of defects) {
    const text = `const fs = require('node:fs'); ${defect}\n`
    writeFileSync(setting.jail.path(file), text)
    const program = [...node, '--max-upload=7M', '--log']
    const { stderr } = await run(t, { args: [], program, env }, [70])
    t.match(stderr, /^error: a defect in cook, please report it/m)
    await run(t, { args: ['--json'], program, env }, [70])
  }
  // Now it rolls back.
  await run(t, { args: ['--max-upload=7M'], env })
}

/** Lets cook fail in every way. */
export const failures = async (
  t: Test,
  place: Place,
  kind: Kind,
): Promise<void> => {
  await t.test('no secret gets out if parameters are wrong', t =>
    refusals(t, place),
  )
  await t.test('no secret gets out if the system fails', t =>
    hindrances(t, place),
  )
  await t.test('no secret gets out if Synapse fails', t => ailments(t, place))
  // Only Node can preload a module.
  if (kind === 'bundle') {
    await t.test('no secret gets out at a defect in cook', t =>
      crashes(t, place),
    )
  }
  if (percent > 0) {
    await t.test('no secret gets out in the foreground', async t => {
      const { given: env, runUntil } = place
      const args = ['--block', '--log-to', 'stdout', '--log-level', 'INFO']
      await runUntil(t, /synapse is healthy/, { args, env })
    })
  }
}
