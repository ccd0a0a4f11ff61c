// All paths that an administrator may see, from the directories that list them.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './project.mjs'

const folders = [
  ...readdirSync(join(root, 'lib/services')).map(name => `services/${name}`),
  'takeover',
]

/** In the order of the directories. */
export const places = (
  await Promise.all(
    folders
      .map(folder => join(root, 'lib', folder, 'places.ts'))
      .filter(existsSync)
      .map(file => import(pathToFileURL(file).href)),
  )
).flatMap(each => each.places)
