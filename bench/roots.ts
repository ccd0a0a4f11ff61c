// The files of jails, as cook sees them from outside.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findSynapse } from '../test/jail/synapse.ts'
import { newFolder } from './scratch.ts'

const skeleton = fileURLToPath(new URL('../test/jail/root', import.meta.url))

/**
 * A copy of some files. It is written to the disk at once, so that the next
 * writer does not have to wait for it.
 */
export const copyOf = (files: string): string => {
  const root = newFolder()
  cpSync(files, root, { recursive: true })
  execFileSync('sync', ['-f', root])
  return root
}

/** The files of an empty jail. */
export const newRoot = (): string => {
  const root = copyOf(skeleton)
  const { python, version } = findSynapse()
  const packages = join(root, 'usr/local/lib', python, 'site-packages')
  const installed = join(packages, `matrix_synapse-${version}.dist-info`)
  mkdirSync(installed, { recursive: true })
  mkdirSync(join(root, 'mnt'))
  return root
}
