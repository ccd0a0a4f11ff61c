// dist/cook.cjs: cook/main.ts and everything it imports, as one file for any
// Node.js.
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { commands } from './commands.mjs'
import { commit, dist, root, version } from './project.mjs'
import { templates } from './templates.mjs'

/**
 * Writes the bundle. It is not minified, so that stack traces are readable;
 * with the code caches of the executables a smaller source starts no faster. It
 * is ASCII, esbuild's default, because otherwise V8 uses two bytes for each
 * character.
 * @returns the files in the bundle, as paths in the project
 */
export const bundle = async () => {
  const outfile = join(dist, 'cook.cjs')
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cook/main.ts'],
    outfile,
    bundle: true,
    metafile: true,
    // The comments in the bundle name the files. If node_modules is a link,
    // they would otherwise name another place.
    preserveSymlinks: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    // After the -- Node takes no option as its own, such as --env-file.
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
