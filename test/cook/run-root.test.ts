// cook on a directory: --root.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'
import { paths } from '../../lib/contract/paths.ts'
import { cook, result } from '../small/cooking.ts'
import { differences, picture } from '../e2e/setting.ts'
import { required } from '../small/given.ts'
import { hostIn, machine } from '../small/host-in.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const project = fileURLToPath(new URL('../..', import.meta.url)).slice(0, -1)
const isRoot = machine.euid === 0
const skip = !isRoot && 'only root can set owners'

const users = {
  '/etc/passwd': 'root:*:0:0::/:/bin/sh\nsynapse:*:987:987::/:/bin/sh\n',
  '/etc/group': 'wheel:*:0\nsynapse:*:986\n',
  '/etc/rc.conf': 'hostname="matrix"\n',
}

const modes: Readonly<Record<string, string>> = {
  '/mnt/matrixdata': '755 root:wheel',
  '/mnt/matrixdata/matrix-synapse': '750 synapse:synapse',
  '/mnt/matrixdata/media_store': '750 synapse:synapse',
  '/mnt/matrixdata/homeserver.d': '750 root:wheel',
  '/mnt/matrixdata/keys': '750 root:synapse',
  '/mnt/matrixdata/keys/example.com.signing.key': '640 root:synapse',
  '/mnt/matrixdata/keys/registration': '640 root:synapse',
  '/mnt/matrixdata/keys/macaroon': '640 root:synapse',
  '/mnt/matrixdata/keys/form': '640 root:synapse',
  '/mnt/matrixdata/tls': '750 root:synapse',
  '/mnt/matrixdata/tls/example.com.key': '640 root:synapse',
  '/mnt/matrixdata/tls/example.com.crt': '644 root:synapse',
  '/mnt/matrixdata/cook': '700 root:wheel',
  '/mnt/matrixdata/cook/params.env': '600 root:wheel',
  '/usr/local/etc/matrix-synapse/homeserver.yaml': '640 root:synapse',
  '/usr/local/etc/matrix-synapse/log.config': '644 root:wheel',
  '/var/db/cook': '750 root:wheel',
  '/var/db/cook/last.json': '640 root:wheel',
  '/var/log/cook.log': '640 root:wheel',
  '/etc/rc.conf': '644 root:wheel',
}

const names: Readonly<Record<string, string>> = {
  '0:0': 'root:wheel',
  '0:986': 'root:synapse',
  '987:986': 'synapse:synapse',
}

t.test('every file has its owner and mode', { skip }, async t => {
  const host = hostIn(t, users)
  chmodSync(join(host.root, '/etc/rc.conf'), 0o644)
  const { code, said } = await cook(['--root', host.root])
  t.equal(code, 0, said)
  for (const [path, access] of Object.entries(modes)) {
    const stat = host.look(path)
    const owner = names[`${stat?.uid}:${stat?.gid}`]
    t.equal(`${stat?.mode.toString(8)} ${owner}`, access, path)
  }
})

t.test('the text in the files is as if DIR were /', async t => {
  const host = hostIn(t, users)
  await cook(['--root', relative(process.cwd(), host.root)])
  for (const path of Object.keys(modes)) {
    if (host.look(path)?.type === 'file') {
      t.notMatch(host.text(path), host.root, path)
    }
  }
  t.match(host.text(paths.homeserver), paths.database)
  t.equal(host.text(paths.rcConf), 'hostname="matrix"\nsynapse_enable="YES"\n')
})

t.test('services are not touched', async t => {
  const host = hostIn(t, {
    ...users,
    '/programs/service': '#!/bin/sh\ntouch "$0.called"\n',
  })
  chmodSync(join(host.root, '/programs/service'), 0o755)
  const path = `${join(host.root, '/programs')}:${machine.path}`
  const world = { machine: { ...machine, path } }
  const json = ['--json', '--root', host.root]
  const first = await cook(json, { world })
  t.equal(first.code, 0)
  t.equal('healthy' in result(first), false)
  await cook(json, { world })
  t.equal((await cook(['plan', ...json], { world })).code, 0)
  t.notOk(host.look('/programs/service.called'))
})

const notRoot = 'warning: --root: not root: owners are not changed\n'
const oldest =
  'warning: Synapse: not found below /usr/local/lib: assuming 1.116.0, the ' +
  'oldest supported\n'

t.test('without Synapse the oldest version is assumed', async t => {
  const { root } = hostIn(t, users)
  const first = await cook(['--root', root])
  t.equal(first.code, 0)
  t.equal(first.err.split(oldest).length, 2, 'it is reported once')
  t.match((await cook(['plan', '--root', root])).err, oldest)
})

t.test('users of DIR count, not those of the machine', async t => {
  const { root } = hostIn(t, { '/etc/rc.conf': '' })
  const { code, err } = await cook(['--root', root])
  t.equal(code, 0)
  const told = isRoot
    ? 'warning: /etc/passwd: has no user synapse: root will own its files\n'
    : notRoot
  t.match(err, told)
})

/** An empty directory that every user can read. */
const openFolder = (t: Test): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cook-open-'))
  t.teardown(() => rmdirSync(folder))
  chmodSync(folder, 0o755)
  return folder
}

/** Runs the real program, as another user if possible. */
const asNobody = (t: Test, argv: readonly string[]) => {
  const given = Object.entries({ PATH: machine.path, ...required })
  const env = given.map(([name, value]) => `${name}=${value}`)
  // That user may be kept out of the project, as below /root: so it is in
  // another place too, for this run alone.
  const place = isRoot ? openFolder(t) : project
  const here = (path: string) => path.replace(`${project}/`, `${place}/`)
  const open = ['unshare', '--mount', '--', 'sh', '-c']
  const script = 'mount --rbind "$1" "$2" && shift 2 && exec "$@"'
  const drop = ['setpriv', '--reuid=4711', '--regid=4711', '--clear-groups']
  // env -i, because tap adds variables to whatever a test starts.
  const args = [
    ...['-i', ...env],
    ...(isRoot ? [...open, script, 'sh', project, place, ...drop] : []),
    ...[here(process.execPath), join(place, 'cook/main.ts'), ...argv],
  ]
  const { status, stdout, stderr, error } = spawnSync('env', args, {
    encoding: 'utf8',
  })
  t.error(error)
  return { code: status, out: stdout, err: stderr }
}

/** A directory that the user who runs cook owns, without files of others. */
const ownFolder = (t: Test): string => {
  const root = temporaryFolder(t, 'root')
  if (isRoot) {
    chownSync(root, 4711, 4711)
  }
  return root
}

t.test('it works without being root', async t => {
  const root = ownFolder(t)
  const first = asNobody(t, ['--root', root])
  t.equal(first.code, 0, first.err)
  t.match(first.err, notRoot)
  const key = join(root, '/mnt/matrixdata/keys/form')
  t.match(readFileSync(key, 'utf8'), /^[\w-]{43}$/)
  const before = picture(root)
  const uid = isRoot ? 4711 : machine.euid
  t.same(
    Object.values(before).filter(facts => facts.split(' ')[1] !== `${uid}`),
    [],
  )
  const second = asNobody(t, ['--root', root])
  t.equal(second.code, 0)
  t.match(second.out, /nothing to do/)
  t.same(differences(before, picture(root)), [])
})

t.test('parent directories are accessible to everybody', async t => {
  const root = ownFolder(t)
  const before = process.umask(0o077)
  const { code, err } = asNobody(t, ['--root', root])
  process.umask(before)
  t.equal(code, 0, err)
  for (const path of ['/etc', '/usr/local/etc', '/var/log', '/var/run']) {
    t.equal(statSync(join(root, path)).mode & 0o7777, 0o755, path)
  }
})

t.test('it reports what it cannot do if not root', async t => {
  const root = ownFolder(t)
  const wrong = asNobody(t, ['--domain', 'x', '--ip', 'not one'])
  t.equal(wrong.code, 77)
  t.equal(wrong.err, 'error: cook apply must run as root\n')

  t.equal(asNobody(t, ['--root', root]).code, 0)
  chmodSync(join(root, paths.keysDir), 0)
  const denied = asNobody(t, ['--root', root])
  chmodSync(join(root, paths.keysDir), 0o750)
  t.equal(denied.code, 77)
  t.match(denied.err, /^error: \/mnt\/matrixdata\/keys.*: permission denied\n/m)
})

t.test('73: a directory belongs to another user', { skip }, async t => {
  const root = ownFolder(t)
  t.equal(asNobody(t, ['--root', root]).code, 0)
  chownSync(join(root, paths.synapseDir), 0, 0)
  const before = picture(root)
  const { code, err } = asNobody(t, ['--root', root, '--max-upload', '3M'])
  t.equal(code, 73)
  t.match(
    err,
    `error: ${paths.homeserver}: permission denied: nothing was changed\n`,
  )
  // The intent was in its directory meanwhile.
  const passing = /^var\/run|^var\/db\/cook$/
  const changed = differences(before, picture(root))
  t.same(
    changed.filter(path => !passing.test(path)),
    [],
  )
})
