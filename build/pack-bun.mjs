// dist/cook-SYSTEM-MACHINE: the bundle inside a Bun, as one executable.
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

/** The Bun for each executable, as Bun names it. */
export const bunTargets = {
  'linux-amd64': 'linux-x64',
  'freebsd-amd64': 'freebsd-x64',
  'freebsd-arm64': 'freebsd-aarch64',
}

/** The package that has the Bun for a target inside. */
export const bunPackage = target => `@oven/bun-${target}`

// npm belongs to the machine's Node and finds its settings (a proxy's
// certificate, say) beside that, so it must not run on the Node from npm.
const withoutOwnNode = () => {
  const folders = process.env.PATH.split(':')
  const PATH = folders.filter(name => !name.endsWith('node_modules/.bin'))
  return { ...process.env, PATH: PATH.join(':') }
}

// npm installs only the Bun of this machine, and `npm pack` fetches any. The
// lock file knows all their sums.
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
    throw new Error(`${wanted} is not the one of package-lock.json`)
  }
  return run('tar', ['-xzOf', archive, 'package/bin/bun'])
}

// BUN_BE_BUN=1 in the environment turns a compiled executable back into Bun.
// There is no setting against it, so the executable looks for a variable whose
// name no environment can contain.
const disarm = binary => {
  const at = binary.indexOf('BUN_BE_BUN')
  if (at < 0 || binary.indexOf('BUN_BE_BUN', at + 1) >= 0) {
    throw new Error('this Bun does not have BUN_BE_BUN exactly once')
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
    // A run is over before it pays to compile what it does: code becomes hot 64
    // times later, which saves a rerun a quarter of its time.
    '--compile-jit-policy=64',
    `--target=bun-${target}`,
    `--compile-executable-path=${baseFor(target)}`,
    // cook runs as root, in any folder: nothing there may change what it runs.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--no-compile-autoload-tsconfig',
    '--no-compile-autoload-package-json',
    // Ends Bun's own options, and so makes BUN_OPTIONS mean nothing.
    '--compile-exec-argv=--',
    // Bun prints the bundle in its own way: this tells which one it was.
    `--banner=// cook.cjs ${bundled}`,
    'dist/cook.cjs',
    `--outfile=dist/cook-${name}`,
  ])
}
