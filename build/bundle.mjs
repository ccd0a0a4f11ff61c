// dist/cook.cjs: cook/main.ts and all it needs, as one file for any Node.
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { commands } from './commands.mjs'
import { commit, dist, root, version } from './project.mjs'
import { templates } from './templates.mjs'

/**
 * Writes the bundle. Not minified: a stack trace of cook should say something,
 * and with the code caches of the executables a small source starts no faster.
 * In ASCII, esbuild's default, since otherwise V8 makes two bytes of each
 * character.
 * @returns the files that are inside, as paths below the project
 */
export const bundle = async () => {
  const outfile = join(dist, 'cook.cjs')
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cook/main.ts'],
    outfile,
    bundle: true,
    metafile: true,
    // Its comments name the files: with a node_modules that is a link they
    // would be those of another place.
    preserveSymlinks: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    // After the -- Node takes no option, --env-file for one, to be its own.
    banner: { js: '#!/usr/bin/env -S node --' },
    define: {
      BUILD_VERSION: JSON.stringify(version),
      BUILD_COMMIT: JSON.stringify(commit()),
    },
    plugins: [commands, templates],
    logLevel: 'warning',
    // The bundle has no files beside it.
    logOverride: { 'empty-import-meta': 'error' },
  })
  chmodSync(outfile, 0o755)
  const [output] = Object.values(metafile.outputs)
  return Object.entries(output.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path)
}
