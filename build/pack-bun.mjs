// dist/cook-SYSTEM-ARCH: the bundle inside Bun, as one executable.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  cache,
  devDependencies,
  dist,
  hash,
  locked,
  root,
  run,
} from './project.mjs'

/** The Bun target for each executable. */
export const bunTargets = {
  'linux-amd64': 'linux-x64',
  'freebsd-amd64': 'freebsd-x64',
  'freebsd-arm64': 'freebsd-aarch64',
}

/** The package that contains the Bun for a target. */
export const bunPackage = target => `@oven/bun-${target}`

// npm belongs to the machine's Node and finds its configuration, such as the
// certificate of a proxy, beside that Node: so it must not run on another one.
const withoutOwnNode = () => {
  const folders = process.env.PATH.split(':')
  const PATH = folders.filter(name => !name.endsWith('node_modules/.bin'))
  return { ...process.env, PATH: PATH.join(':') }
}

// npm installs only the Bun for this machine; `npm pack` fetches the others.
// The lock file has the checksums of all of them.
const fetchBun = target => {
  const version = devDependencies.bun
  const archive = join(cache, `oven-bun-${target}-${version}.tgz`)
  const wanted = `${bunPackage(target)}@${version}`
  if (!existsSync(archive)) {
    const options = ['--loglevel=error', '--pack-destination', cache]
    run('npm', ['pack', ...options, wanted], withoutOwnNode())
  }
  const { integrity } = locked[`node_modules/${bunPackage(target)}`]
  if (
    `sha512-${hash('sha512', readFileSync(archive), 'base64')}` !== integrity
  ) {
    rmSync(archive)
    throw new Error(`${wanted} does not match package-lock.json`)
  }
  return run('tar', ['-xzOf', archive, 'package/bin/bun'])
}

// BUN_BE_BUN=1 in the environment turns a compiled executable into a plain Bun.
// No option prevents that, so the executable is changed to look for a variable
// whose name cannot occur in an environment.
const disarm = binary => {
  const at = binary.indexOf('BUN_BE_BUN')
  if (at < 0 || binary.indexOf('BUN_BE_BUN', at + 1) >= 0) {
    throw new Error('this Bun does not contain BUN_BE_BUN exactly once')
  }
  binary.write('BUN=BE=BUN', at)
  return binary
}

const own = join(root, 'node_modules/.bin/bun')

const baseFor = target => {
  const base = join(cache, `bun-${target}`)
  const isOwn = target === bunTargets['linux-amd64']
  const binary = isOwn ? readFileSync(own) : fetchBun(target)
  writeFileSync(base, disarm(binary), { mode: 0o755 })
  return base
}

/** Writes the executable for one of bunTargets. */
export const packBun = name => {
  const target = bunTargets[name]
  const bundled = hash('sha256', readFileSync(join(dist, 'cook.cjs')))
  run(own, [
    'build',
    '--compile',
    '--bytecode',
    // A run is too short for compiled code to pay off. With this option code is
    // compiled 64 times later, which saves a rerun a quarter of its time.
    '--compile-jit-policy=64',
    `--target=bun-${target}`,
    `--compile-executable-path=${baseFor(target)}`,
    // cook runs as root in any directory: no file there may change what it
    // runs.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--no-compile-autoload-tsconfig',
    '--no-compile-autoload-package-json',
    // Ends Bun's own options, so that BUN_OPTIONS has no effect.
    '--compile-exec-argv=--',
    // Bun rewrites the bundle: this shows which one it was.
    `--banner=// cook.cjs ${bundled}`,
    'dist/cook.cjs',
    `--outfile=dist/cook-${name}`,
  ])
}
