// dist/SHA256SUMS: the checksums of all other files, for `sha256sum -c`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dist, hash } from './project.mjs'

export const sums = () => {
  const names = readdirSync(dist).sort()
  const line = name =>
    `${hash('sha256', readFileSync(join(dist, name)))}  ${name}\n`
  writeFileSync(join(dist, 'SHA256SUMS'), names.map(line).join(''))
}
