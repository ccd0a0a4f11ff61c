// Each parameter that names a file, with a file of each type: an error that
// names the parameter and the file, in a limited time, and nothing is left.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { rows } from '../../lib/params/params.ts'
import { isSecret } from '../../lib/params/row.ts'
import { required } from '../small/given.ts'
import { canMakeDevices, makeDevice } from '../support/device.ts'
import { inShell, runtimes } from '../support/from-source.ts'

t.jobs = 2

/** How a file of a type is made. */
const types: Readonly<Record<string, (path: string) => unknown>> = {
  missing: () => undefined,
  empty: path => writeFileSync(path, ''),
  directory: path => mkdirSync(path),
  fifo: path => spawnSync('mkfifo', [path]),
  dangling: path => symlinkSync('nowhere', path),
  loop: path => symlinkSync(path.replace(/.*\//, ''), path),
  'too-large': path => {
    writeFileSync(path, '')
    truncateSync(path, 17 * 1024 * 1024)
  },
  binary: path => writeFileSync(path, Buffer.from([0, 255, 254, 10, 27])),
  ...(canMakeDevices() ? { device: makeDevice } : {}),
}

const certificates = rows.filter(({ kind }) => /^files?$/.test(kind))
const secrets = rows.filter(isSecret)

// What makes cook read all of them.
const given = {
  ...required,
  CONTROLUSER: 'no',
  ADMINUSER: 'boss',
  SMTPHOST: 'mail.example.com',
  SMTPFROM: 'cook@example.com',
  SMTPUSER: 'cook',
  LDAPSERVER: 'ldap.example.com',
  LDAPDOMAIN: 'example.com',
  LDAPTLS: 'starttls',
}

/** A root, whose path is short enough for that of a socket. */
const rootOf = async (t: Test) => {
  const root = mkdtempSync(join(tmpdir(), 'cook-types-'))
  const server = createServer().listen(join(root, 'socket'))
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    rmSync(root, { recursive: true, force: true })
  })
  for (const [name, make] of Object.entries(types)) {
    make(join(root, name))
  }
  return root
}

for (const [name, runtime] of Object.entries(runtimes)) {
  t.test(`${name}: a file of any type is an error or used`, async t => {
    const root = await rootOf(t)
    const before = readdirSync(root).sort()
    const outside = ['/dev/zero', '/dev/full', '/dev/null', '/proc/self/mem']
    const inside = [...Object.keys(types), 'socket'].map(each => `/${each}`)
    for (const path of [...inside, ...outside]) {
      const more = Object.fromEntries([
        ...certificates.map(row => [row.name, path]),
        ...secrets.map(row => [`${row.name}_FILE`, path]),
      ])
      const script = `"$@" --root '${root}' --env-file '${path}'`
      const { code, signal, out, err } = await inShell(runtime, script, {
        ...given,
        ...more,
      })
      t.same([code, signal], [exit.config, null], `${path}: ${err}`)
      t.notMatch(out + err, /a defect|\n {2,}at /, path)
      t.notMatch(out + err, /[\0-\x08\x0b-\x1f\x7f]/, `${path}: plain text`)
      const told = new Set(err.match(/(?<=^error: )[\w-]+/gm))
      for (const row of certificates) {
        t.ok(told.has(row.name), `${path}: ${row.name}: ${err}`)
      }
      for (const row of secrets) {
        t.match(err, new RegExp(`error: ${row.name}(_FILE)?\\b.*`), path)
      }
      t.same(readdirSync(root).sort(), before, `${path}: and nothing is left`)
    }
  })
}
