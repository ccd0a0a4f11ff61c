// Python packages that Synapse needs and its own package does not contain.

import { dirname } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { findSynapse } from '../../jail/synapse.ts'
import { settle, whyNot, type Setting } from '../setting.ts'

const why = whyNot('bundle')
const plain = { NOSSL: 'yes' }

const run = async ({ jail }: Setting, script: string): Promise<string> => {
  const { code, stdout, stderr } = await jail.exec(['sh', '-ec', script])
  if (code !== 0) {
    throw new Error(stderr)
  }
  return stdout.trim()
}

/**
 * Changes a read-only directory of the jail: mounts one of links over it.
 * @returns what takes that back
 */
const change = async (
  setting: Setting,
  folder: string,
  script: string,
): Promise<() => Promise<string>> => {
  const copy = await run(
    setting,
    `copy=$(mktemp -d /var/tmp/copy.XXXXXX)
    mkdir "$copy/kept" "$copy/links"
    chmod 755 "$copy"
    /bin/mount --bind ${folder} "$copy/kept"
    ln -s "$copy"/kept/* "$copy/links"
    cd "$copy/links"
    ${script}
    /bin/mount --bind "$copy/links" ${folder}
    echo "$copy"`,
  )
  return () => run(setting, `umount ${folder} ${copy}/kept`)
}

const { python } = why ? { python: '' } : findSynapse()
const sqlite = new RegExp(
  `Python has no _?sqlite3: install ${python.replace('thon3.', '3')}-sqlite3`,
)

/** The jail of an administrator who has not installed py3NN-sqlite3. */
const withoutSqlite = async (setting: Setting) => {
  const script = 'import _sqlite3; print(_sqlite3.__file__)'
  const path = await run(setting, `/usr/local/bin/${python} -c '${script}'`)
  return change(setting, dirname(path), 'rm _sqlite3.*')
}

const redis =
  /Synapse needs txredisapi\S+, but txredisapi==1\.4\.7 is installed: upgrade py3\d+-txredisapi, or remove it/

/** A jail with the package of another program. */
const withOldRedis = (setting: Setting) =>
  change(
    setting,
    `/usr/local/lib/${python}/site-packages`,
    `mkdir txredisapi-1.4.7.dist-info
    printf 'Metadata-Version: 2.1\nName: txredisapi\nVersion: 1.4.7\n' \
      >txredisapi-1.4.7.dist-info/METADATA`,
  )

const cases = [
  ['without SQLite for Python', withoutSqlite, sqlite],
  ['with a txredisapi that Synapse does not want', withOldRedis, redis],
] as const

const image = async (t: Test): Promise<void> => {
  const setting = await settle(t, 'bundle')
  for (const [what, alter, told] of cases) {
    await t.test(`an image ${what} is refused`, async t => {
      const back = await alter(setting)
      const { code, stderr } = await setting.cook(['image'])
      t.equal(code, 69)
      t.match(stderr, 'error: required packages are not installed')
      t.match(stderr, told)
      await back()
    })
  }
  await t.test('and made when nothing is missing', async t => {
    const { code, stderr } = await setting.cook(['image'])
    t.equal(code, 0, stderr)
  })
}

const running = async (t: Test): Promise<void> => {
  const setting = await settle(t, 'bundle')
  const { cook } = setting
  const first = await cook([], plain)
  t.equal(first.code, 0, first.stderr)
  for (const [what, alter, told] of cases) {
    await t.test(`${what} no file is restored: 69 says why`, async t => {
      const back = await alter(setting)
      const args = ['--max-upload', `${what.length}M`]
      const { code, stderr } = await cook(args, plain)
      t.equal(code, 69)
      t.match(stderr, told)
      t.notMatch(stderr, /previous files/)
      await back()
      const again = await cook(args, plain)
      t.equal(again.code, 0, again.stderr)
      t.match((await cook(args, plain)).stdout, /nothing to do/)
    })
  }
}

if (why) {
  t.plan(0, why)
} else {
  await t.test('packages of an image', image)
  await t.test('packages of a running server', running)
}
