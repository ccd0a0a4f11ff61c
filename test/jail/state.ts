// The files of a jail before it starts: the scratch root, and the lists that
// setup.sh reads (mounts, addresses, ipv6).

import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Synapse } from './synapse.ts'

/** The releases whose rc(8) answers differently; 13 stands for 13.2. */
export const releases = [13, 14, 15] as const
export type Release = (typeof releases)[number]

export interface Shape {
  /** The executable at /usr/local/bin/cook; a .cjs one gets Node beside it. */
  cook?: string
  /**
   * A directory outside that is mounted at /mnt; it outlives the jail. Set its
   * mode: only root can enter what mkdtemp makes.
   */
  data?: string
  /** IPv4 and IPv6; the default is 10.192.0.5. */
  addresses?: string[]
  /** The variables of /tmp/environment.sh; without them there is no file. */
  environment?: Record<string, string>
  /** false: the jail cannot even bind ::1. */
  ipv6?: boolean
  /** false: sysctl says that the jail shares its host's network stack. */
  vnet?: boolean
  /** Which FreeBSD its rc(8) answers as; RELEASE says another default. */
  release?: Release
  /** A Caddy other than that of the machine. */
  caddy?: string
  /** More mounts: the path inside to the path outside, read-only. */
  mounts?: Record<string, string>
}

const usualRelease = (): Release => {
  const named = Number(process.env['RELEASE'] ?? 15)
  const found = releases.find(release => release === named)
  if (found === undefined) {
    throw new Error(`RELEASE is one of ${releases.join(', ')}, not ${named}`)
  }
  return found
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const folders = [
  'dev',
  'proc',
  'tmp',
  'var/db',
  'var/empty',
  'var/log',
  'var/run',
  'var/tmp',
  'mnt',
  'root',
  'run/sshd',
  'home',
  'usr/sbin',
  'usr/local/bin',
  'usr/local/sbin',
  'usr/local/etc/rc.conf.d',
  'etc/rc.conf.d',
  'etc/rc.d',
  'etc/cron.d',
  'usr/local/etc/cron.d',
  'usr/local/etc/newsyslog.conf.d',
]

/** Copies a tree, without the rights to write that a clone may give a group. */
const copyClosed = (from: string, to: string): void => {
  cpSync(from, to, { recursive: true })
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    const path = join(to, name)
    chmodSync(path, statSync(path).mode & 0o755)
  }
}

export const makeState = (shape: Shape, synapse: Synapse) => {
  const dir = mkdtempSync(join(tmpdir(), 'cook-jail-'))
  const root = join(dir, 'root')
  const data = shape.data && resolve(shape.data)
  const mounts: string[] = []
  const at = (inside: string) => join(root, inside)
  const write = (inside: string, text: string) =>
    writeFileSync(at(inside), text)
  const mount = (from: string, to: string, mode = 'ro') => {
    if (!existsSync(at(to))) {
      mkdirSync(dirname(at(to)), { recursive: true })
      if (statSync(from).isDirectory()) mkdirSync(at(to))
      else write(to, '')
    }
    mounts.push(`${mode}\t${from}\t${to}\n`)
  }

  for (const folder of folders) mkdirSync(at(folder), { recursive: true })
  chmodSync(root, 0o755)
  for (const open of ['tmp', 'var/tmp']) chmodSync(at(open), 0o1777)
  copyClosed(here('root'), root)
  copyClosed(here('bin'), at('/usr/sbin'))
  hostSystem(at, mount)
  // It is in /usr/bin on FreeBSD too, which may come first in PATH.
  mount(here('bin/su'), '/usr/bin/su')
  pythonOf(synapse, at, mount)
  // Where the port installs it.
  const caddy = '/usr/local/bin/caddy'
  if (shape.caddy) mount(resolve(shape.caddy), caddy)
  else symlinkSync('/usr/bin/caddy', at(caddy))

  if (shape.cook) {
    mount(resolve(shape.cook), '/usr/local/bin/cook')
    if (shape.cook.endsWith('.cjs')) {
      mount(process.execPath, '/usr/local/bin/node')
      // The machine may have another one in /usr/bin, which is first in PATH.
      symlinkSync('/usr/local/bin/node', at('/usr/sbin/node'))
    }
  }
  mount(data ?? join(root, 'mnt'), '/mnt', 'rw')
  for (const [to, from] of Object.entries(shape.mounts ?? {})) {
    mount(resolve(from), to)
  }

  const addresses = shape.addresses ?? ['10.192.0.5']
  write(
    '/etc/jail.sysctl',
    'security.jail.jailed: 1\n' +
      `security.jail.vnet: ${shape.vnet === false ? 0 : 1}\n`,
  )
  write('/etc/jail.release', `${shape.release ?? usualRelease()}\n`)
  if (shape.environment) {
    write('/tmp/environment.sh', potEnvironment(shape.environment, addresses))
  }
  writeFileSync(join(dir, 'mounts'), mounts.join(''))
  writeFileSync(join(dir, 'addresses'), `${addresses.join('\n')}\n`)
  writeFileSync(join(dir, 'ipv6'), shape.ipv6 === false ? 'no' : 'yes')

  const path = (inside: string) =>
    data && /^\/mnt(\/|$)/.test(inside)
      ? join(data, inside.slice('/mnt'.length))
      : at(inside)
  return { dir, root, path, addresses }
}

type At = (inside: string) => string
type Mount = (from: string, to: string, mode?: string) => void

// Programs and libraries of the machine. Its sbin is linked, so that the
// stand-ins can replace programs of the same name.
const hostSystem = (at: At, mount: Mount) => {
  const mirror = (name: string) =>
    lstatSync(name).isSymbolicLink()
      ? symlinkSync(readlinkSync(name), at(name))
      : mount(name, name)

  for (const name of readdirSync('/usr')) {
    if (!['local', 'sbin'].includes(name)) mirror(`/usr/${name}`)
  }
  for (const name of readdirSync('/')) {
    if (/^(bin|sbin|lib.*)$/.test(name)) mirror(`/${name}`)
  }
  mount('/usr/sbin', '/host/sbin')
  for (const name of readdirSync('/usr/sbin')) {
    const link = at(`/usr/sbin/${name}`)
    if (!existsSync(link)) symlinkSync(`/host/sbin/${name}`, link)
  }
  for (const name of ['alternatives', 'ssl', 'ld.so.cache', 'services']) {
    if (existsSync(`/etc/${name}`)) mount(`/etc/${name}`, `/etc/${name}`)
  }
}

// As installed by the port: sys.prefix is /usr/local, with the packages below.
const pythonOf = (synapse: Synapse, at: At, mount: Mount) => {
  const { python, executable, prefix, packages } = synapse
  symlinkSync(executable, at(`/usr/local/bin/${python}`))
  writeFileSync(
    at('/usr/local/pyvenv.cfg'),
    `home = ${dirname(executable)}\ninclude-system-site-packages = false\n`,
  )
  mount(packages, `/usr/local/lib/${python}/site-packages`)
  if (!prefix.startsWith('/usr')) mount(prefix, prefix)

  const script = at('/usr/local/etc/rc.d/synapse')
  const text = readFileSync(script, 'utf8')
  writeFileSync(script, text.replaceAll('python3.NN', python))
}

// Only double quotes are escaped, as pot does. For a jail with aliases on an
// interface pot writes more variables.
export const potEnvironment = (
  vars: Record<string, string>,
  addresses: string[],
) =>
  [
    ...Object.entries(vars).map(
      ([name, value]) => `export "${name}=${value.replaceAll('"', '\\"')}"\n`,
    ),
    'export _POT_NAME=matrix\n',
    `export _POT_IP=${addresses[0]}\n`,
    ...addresses.map(
      (ip, n) => `export _POT_IP_${n}=${ip}\nexport _POT_NIC_${n}=em0\n`,
    ),
    ...['IP', 'NIC'].map(what => {
      const names = addresses.map((_, n) => `_POT_${what}_${n}`)
      return `export _POT_${what}_LIST=${names.join('\\ ')}\n`
    }),
  ].join('')
