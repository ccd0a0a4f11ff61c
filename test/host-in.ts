// A jail's file system as a test lays it out.

import type { Test } from 'tap'
import { hostAt, type Host, type Machine } from '../lib/host.ts'

/** This machine; a test changes what it is about. */
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
        typeof before === 'object' && !Buffer.isBuffer(before) &&
        typeof under === 'object' && !Buffer.isBuffer(under)
      return [name, both ? join(before, under) : under]
    }),
  ),
})

/** The door to a folder that holds these files, by their paths in the jail. */
export const hostIn = (
  t: Test,
  files: Readonly<Record<string, string | Buffer>>,
  euid = machine.euid,
): Host => {
  const tree = Object.entries(files).reduce<Tree>(
    (all, [path, content]) => join(all, nest(path, content)),
    {},
  )
  return hostAt(t.testdir(tree), { ...machine, euid })
}
