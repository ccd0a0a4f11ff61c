// All places that an administrator may meet, from the folders that know them.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './project.mjs'

const folders = [
  ...readdirSync(join(root, 'lib/services')).map(name => `services/${name}`),
  'takeover',
]

/** In the order of the folders. */
export const places = (
  await Promise.all(
    folders
      .map(folder => join(root, 'lib', folder, 'places.ts'))
      .filter(existsSync)
      .map(file => import(pathToFileURL(file).href)),
  )
).flatMap(each => each.places)
