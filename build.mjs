// Builds everything in dist/. `node build.mjs` builds the bundle and the
// executable for this machine; `node build.mjs release` builds a whole release;
// `node build.mjs light` does the same without the executables. Files contain
// nothing about the place or the time of the build: the same commit gives the
// same bytes anywhere.
import { mkdirSync, rmSync } from 'node:fs'
import { archive } from './build/archive.mjs'
import { bundle } from './build/bundle.mjs'
import { man } from './build/man.mjs'
import { bunTargets, packBun } from './build/pack-bun.mjs'
import { packNode } from './build/pack-node.mjs'
import { parts } from './build/parts.mjs'
import { cache, dist } from './build/project.mjs'
import { sums } from './build/sums.mjs'

const what = process.argv[2] ?? 'machine'
if (!['machine', 'light', 'release'].includes(what)) {
  throw new Error(`there is nothing called ${what} to build`)
}
rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
mkdirSync(cache, { recursive: true })
const inside = await bundle()
if (what !== 'light') {
  await packNode()
}
if (what === 'release') {
  Object.keys(bunTargets).forEach(packBun)
}
if (what !== 'machine') {
  man()
  archive()
  parts(inside)
  sums()
}
