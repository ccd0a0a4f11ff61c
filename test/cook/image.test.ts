// cook image, on a directory in which packages are installed.

import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hostAt } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import { cook, result } from '../small/cooking.ts'
import { differences, picture } from '../e2e/setting.ts'
import { hostIn, machine, treeOf } from '../small/host-in.ts'

const packages = '/usr/local/lib/python3.11/site-packages'

const synapse = {
  [paths.synapseScript]: 'command="/usr/local/bin/python3.11"\n',
  [`${packages}/matrix_synapse-1.120.0.dist-info/METADATA`]: '',
}
const ldap = { [`${packages}/ldap_auth_provider.py`]: '' }
const sshd = { [paths.sshd]: '' }
const caddy = { [paths.caddyScript]: '', [paths.caddy]: '' }
const users = {
  '/etc/passwd': 'root:*:0:0::/:/bin/sh\nsynapse:*:987:987::/:/bin/sh\n',
  '/etc/group': 'wheel:*:0\nsynapse:*:986\n',
  '/etc/rc.conf': 'clear_tmp_enable="YES"\nsyslogd_flags="-ss"\n',
}
const installed = { ...users, ...synapse, ...ldap, ...sshd, ...caddy }

const image = (root: string, ...argv: string[]) =>
  cook(['image', '--root', root, ...argv], { environment: {} })

/** The same without the times of files. */
const timeless = (root: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(picture(root)).map(([name, facts]) => [
      name,
      facts.replace(/^(\S+ \S+ \S+) \S+/, '$1'),
    ]),
  )

/** The bits of information in each character of a text. */
const entropy = (text: string): number => {
  const counts = new Map<string, number>()
  for (const each of text) {
    counts.set(each, (counts.get(each) ?? 0) + 1)
  }
  return [...counts.values()]
    .map(count => count / text.length)
    .reduce((sum, part) => sum - part * Math.log2(part), 0)
}

// A key in base64 or hexadecimal, not a path or a sentence.
const isRandom = (text: string): boolean =>
  [...text.matchAll(/[\w+/=-]{32,}/g)].some(([word]) =>
    /^[0-9a-f]+$/i.test(word) ? entropy(word) > 3 : entropy(word) > 4.2,
  )

const filesBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(name =>
    statSync(join(root, name)).isFile(),
  )

const randomFiles = (root: string): string[] =>
  filesBelow(root).filter(name => {
    const content = readFileSync(join(root, name), 'latin1')
    return isRandom(content) || entropy(content) > 6
  })

t.test('building an image needs no parameter and writes its files', async t => {
  const { root } = hostIn(t, installed)
  const { code, err } = await image(root)
  t.equal(code, 0, err)
  const host = hostAt(root, machine)
  for (const [path, type, mode] of [
    [paths.synapseDir, 'dir', 0o755],
    [paths.stateDir, 'dir', 0o750],
    [paths.cookScript, 'file', 0o555],
    [paths.healthScript, 'file', 0o555],
    [paths.cookRotation, 'file', 0o644],
    [paths.cookCrontab, 'file', 0o644],
  ] as const) {
    t.match(host.look(path), { type, mode }, path)
  }
  t.equal(
    host.text(paths.rcConf),
    'clear_tmp_enable="NO"\nsyslogd_flags="-ss"\ncook_enable="YES"\n',
    'files that pot writes to /tmp stay',
  )
  t.notOk(host.look('/mnt'), 'the data set is not touched')
  t.notOk(host.look(paths.cookLog), 'no file contains the time')
  t.notOk(host.look(paths.seasoned))
})

t.test('with --nomad nothing is written for rc', async t => {
  const { root } = hostIn(t, installed)
  t.equal((await image(root, '--nomad')).code, 0)
  const host = hostAt(root, machine)
  t.match(host.text(paths.rcConf), /^cook_enable="NO"$/m)
  t.ok(host.look(paths.cookScript))
  t.notOk(host.look(paths.cookCrontab))
  t.equal((await image(root, '--nomad')).out.includes('nothing to do'), true)
  await image(root)
  t.match(host.text(paths.rcConf), /^cook_enable="YES"$/m)
})

t.test('a second run does nothing, and later drift is mended', async t => {
  const { root } = hostIn(t, installed)
  await image(root)
  const before = picture(root)
  const again = await image(root, '--json')
  t.equal(again.code, 0)
  t.match(result(again), { changes: [], exit: 0 })
  t.same(differences(before, picture(root)), [])

  const host = hostAt(root, machine)
  host.remove(paths.cookScript)
  const third = await image(root, '--json')
  t.match(result(third), { changes: [`file ${paths.cookScript} is missing`] })
  t.equal(host.look(paths.cookScript)?.mode, 0o555)
})

t.test('two images are equal and contain no secret', async t => {
  const dir = t.testdir({ a: treeOf(installed), b: treeOf(installed) })
  const roots = ['a', 'b'].map(name => join(dir, name))
  for (const root of roots) {
    t.equal((await image(root)).code, 0)
  }
  const [first = '', second = ''] = roots
  t.same(timeless(second), timeless(first))
  t.same(randomFiles(second), [])

  await cook(['--root', second])
  t.match(
    randomFiles(second),
    ['mnt/matrixdata/keys/example.com.signing.key'],
    'a secret would be found',
  )
})

t.test('all missing packages are reported at once', async t => {
  const lacks = {
    synapse: 'Synapse: install the package py3NN-matrix-synapse',
    ldap: "Synapse's LDAP module: install the package py3NN-matrix-synapse-ldap3",
    caddy: 'Caddy: install the package caddy',
    sshd: "/usr/sbin/sshd: install the base system's ssh (the package FreeBSD-ssh)",
  }
  const others = { ...sshd, ...caddy }
  for (const [have, told] of [
    [{}, [lacks.synapse, lacks.ldap, lacks.caddy, lacks.sshd]],
    [others, [lacks.synapse, lacks.ldap]],
    [{ ...synapse, ...others }, [lacks.ldap]],
    [{ ...ldap, ...others }, [lacks.synapse]],
    [{ [paths.synapseScript]: '', ...ldap, ...others }, [lacks.synapse]],
    [{ ...synapse, ...ldap, ...caddy }, [lacks.sshd]],
    [{ ...synapse, ...ldap, ...sshd }, [lacks.caddy]],
    [{ ...synapse, ...ldap, ...sshd, [paths.caddy]: '' }, [lacks.caddy]],
  ] as const) {
    const { root } = hostIn(t, { ...users, ...have })
    const before = picture(root)
    const { code, err } = await image(root)
    t.equal(code, 69)
    t.equal(
      err.replace(/^warning: .*\n/gm, ''),
      `${['error: required packages are not installed', ...told].join('\n  ')}\n`,
    )
    t.same(differences(before, picture(root)), [], 'nothing was changed')
  }
})

t.test('a Python without SQLite is reported', async t => {
  const modules = '/usr/local/lib/python3.11/lib-dynload'
  const math = { [`${modules}/math.cpython-311.so`]: '' }
  const lack = 'Python has no _sqlite3: install py311-sqlite3'
  for (const [have, told] of [
    [math, lack],
    [{ ...math, [`${modules}/_sqlite3.cpython-311.so`]: '' }, undefined],
    [{ ...math, [`${packages}/_sqlite3.so`]: '' }, undefined],
  ] as const) {
    const { root } = hostIn(t, { ...installed, ...have })
    const { code, err } = await image(root)
    t.equal(code, told === undefined ? 0 : 69)
    t.equal(err.includes(lack), told !== undefined)
  }
})

t.test('the scripts pass shellcheck', async t => {
  const { root } = hostIn(t, installed)
  await image(root)
  // rc.subr reads and sets variables that the script does not; and arguments
  // are words.
  const without = ['--exclude=SC1091,SC2034,SC2086,SC2154']
  const scripts = [paths.cookScript, paths.healthScript]
  const { status, stdout } = spawnSync(
    'shellcheck',
    [...without, ...scripts.map(path => join(root, path))],
    { encoding: 'utf8' },
  )
  t.equal(status, 0, stdout)
})

t.test('the lines for cron and newsyslog are well-formed', async t => {
  const { root } = hostIn(t, installed)
  await image(root)
  const host = hostAt(root, machine)
  const lines = (path: string) =>
    (host.text(path) ?? '').split('\n').filter(line => /^[^#]/.test(line))
  t.same(
    lines(paths.cookRotation).map(line => line.split(/\s+/)),
    [[paths.cookLog, 'root:wheel', '640', '4', '1000', '*', 'NJ']],
  )
  const [path, ...jobs] = lines(paths.cookCrontab)
  t.equal(path, 'PATH=/sbin:/bin:/usr/sbin:/usr/bin')
  t.equal(jobs.length, 2)
  for (const job of jobs) {
    const [, user, command = ''] =
      job.match(/^\d+ \d+ \* \* \* (\w+) (.*)$/) ?? []
    t.equal(user, 'root')
    t.notMatch(command, /%/)
    const { status } = spawnSync('sh', ['-n', '-c', command])
    t.equal(status, 0)
  }
})

t.test('the daily look waits for a homeserver', async t => {
  const { root } = hostIn(t, installed)
  await image(root)
  const text = hostAt(root, machine).text(paths.cookCrontab) ?? ''
  const [, command = ''] = text.match(/^\d.* root (\[.*)$/m) ?? []
  const ran = (record: string) => {
    const standIn = 'cook() { echo "cook $*"; }\n'
    const script = command
      .replace(paths.record, record)
      .replace(paths.cook, 'cook')
    const done = spawnSync('sh', ['-c', standIn + script], { encoding: 'utf8' })
    return [done.status, done.stdout]
  }
  t.same(ran('/nowhere'), [0, ''])
  t.same(ran('/'), [0, 'cook doctor --daily --quiet\n'])
})

t.test('the daily run does nothing if Synapse is stopped', async t => {
  const { root } = hostIn(t, installed)
  await image(root)
  const text = hostAt(root, machine).text(paths.cookCrontab) ?? ''
  const command = text.match(/^\d.* root (.*)$/m)?.[1] ?? ''
  const ran = (service: string): string => {
    const standIns = `service() { ${service}; }; cook() { echo "cook $*"; }\n`
    const script = standIns + command.replace(paths.cook, 'cook')
    return spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout
  }
  const cooked = `cook --quiet --log --env-file ${paths.recordedParams}\n`
  t.equal(ran('[ "$*" = "synapse onestatus" ] && echo is running'), cooked)
  t.equal(ran('echo synapse is not running; false'), '')
})
