// The file system of a jail for a test.

import { join as joinPaths } from 'node:path'
import type { Test } from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { failure } from '../../lib/host/failure.ts'
import { hostAt, type Host, type Machine } from '../../lib/host/host.ts'
import { newStage, type Stage } from '../../lib/engine/stage/stage.ts'

/** This machine; a test replaces parts of it. */
export const machine: Machine = {
  euid: process.geteuid?.() ?? 0,
  pid: process.pid,
  path: '/sbin:/bin:/usr/sbin:/usr/bin',
  alive: () => false,
}

export type Tree = { [name: string]: string | Buffer | Tree }

const nest = (path: string, content: string | Buffer): Tree => {
  const [name = '', ...rest] = path.split('/').filter(part => part !== '')
  return { [name]: rest.length === 0 ? content : nest(rest.join('/'), content) }
}

const join = (a: Tree, b: Tree): Tree => ({
  ...a,
  ...Object.fromEntries(
    Object.entries(b).map(([name, under]) => {
      const before = a[name]
      const both =
        typeof before === 'object' &&
        !Buffer.isBuffer(before) &&
        typeof under === 'object' &&
        !Buffer.isBuffer(under)
      return [name, both ? join(before, under) : under]
    }),
  ),
})

/** Files, by their paths in a jail, as a tree of directories. */
export const treeOf = (
  files: Readonly<Record<string, string | Buffer>>,
): Tree =>
  Object.entries(files).reduce<Tree>(
    (all, [path, content]) => join(all, nest(path, content)),
    {},
  )

/** A host whose root has these files, by their paths in the jail. */
export const hostIn = (
  t: Test,
  files: Readonly<Record<string, string | Buffer>>,
  euid = machine.euid,
): Host => hostAt(t.testdir(treeOf(files)), { ...machine, euid })

/** The same host without space for one file. */
export const full = (host: Host, path: string): Host => ({
  ...host,
  writeTemporary: (each, ...rest) => {
    if (each === path) {
      const error = Object.assign(new Error('no'), { code: 'ENOSPC' })
      throw failure(exit.cantCreate, path, error)
    }
    return host.writeTemporary(each, ...rest)
  },
})

/** The path outside for a path in the jail. */
export const at = (host: Host, path: string): string =>
  joinPaths(host.root, path)

/** Why owners cannot be tested here, or false if they can. */
export const whyNotRoot: string | false =
  machine.euid === 0 ? false : 'only root can give files to others'

/** A user and a group of the jail that this machine may not have. */
export const accounts = {
  '/etc/passwd':
    'root:*:0:0:Charlie &:/root:/bin/sh\n' +
    'synapse:*:48123:48124:Matrix:/nonexistent:/usr/sbin/nologin\n',
  '/etc/group': 'wheel:*:0:root\nsynapse:*:48124:\n',
} as const

export const synapse = { uid: 48123, gid: 48124 } as const

/** Runs a function as the user nobody, or unchanged if not root. */
export const asNobody = <T>(work: () => T): T => {
  if (machine.euid !== 0) {
    return work()
  }
  process.seteuid?.(65534)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
  }
}

/** Mends a step as apply would, and renames all staged files. */
export const mended = async (
  host: Host,
  mend: (stage: Stage) => void | Promise<void>,
): Promise<void> => {
  const stage = newStage(host)
  await mend(stage)
  await stage.settle()
  await stage.commit()
  const faults = stage.finish()
  if (faults.length > 0) {
    throw new Error(faults.join('\n'))
  }
}
