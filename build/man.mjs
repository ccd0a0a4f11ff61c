// dist/cook.8: the man page.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderMan } from '../lib/cli/man.ts'
import { dist, epoch } from './project.mjs'

export const man = () =>
  writeFileSync(join(dist, 'cook.8'), renderMan(new Date(epoch() * 1000)))
