// Ways to damage a file: each takes the path and the original text.

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { canMakeDevices, makeDevice } from '../support/device.ts'

/** A uid that no jail of the tests has. */
const stranger = 54321

const instead =
  (put: (path: string) => void) =>
  (path: string): void => {
    rmSync(path, { force: true, recursive: true })
    put(path)
  }

/** Replaces the text; the file keeps its owner and mode. */
const rewritten =
  (text: (was: Buffer) => string | Buffer) =>
  (path: string, was: Buffer): void =>
    writeFileSync(path, text(was))

const made = (make: (path: string) => { status: number | null }) =>
  instead(path => {
    if (make(path).status !== 0) {
      throw new Error(`${path} cannot be made`)
    }
  })

type Damage = (path: string, was: Buffer) => void

/** Ways to change its content. */
export const contents: Readonly<Record<string, Damage>> = {
  empty: rewritten(() => ''),
  blank: rewritten(() => ' \n\n'),
  'cut in half': rewritten(was => was.subarray(0, was.length / 2)),
  'without its end': rewritten(was => was.subarray(0, -2)),
  'without its beginning': rewritten(was => was.subarray(3)),
  'zeroed, as by a crash': rewritten(was => Buffer.alloc(was.length)),
  'one byte': rewritten(() => 'x'),
  binary: rewritten(() => randomBytes(4096)),
  'not UTF-8': rewritten(was => Buffer.concat([was, Buffer.from([0xe4, 10])])),
  'UTF-16': rewritten(was => Buffer.from(`\ufeff${was}`, 'utf16le')),
  'with a byte order mark': rewritten(was => `\ufeff${was}`),
  'with DOS line ends': rewritten(was => `${was}`.replaceAll('\n', '\r\n')),
  twice: rewritten(was => Buffer.concat([was, was])),
  'one endless line': rewritten(() => 'a'.repeat(2 ** 20)),
  'deep JSON and YAML': rewritten(() => '['.repeat(100_000)),
  null: rewritten(() => 'null\n'),
  'a number': rewritten(() => '42\n'),
  'a list': rewritten(() => '[1, {"a": null}]\n'),
  'with prototype keys': rewritten(() => '{"__proto__": {"format": 1}}\n'),
  'larger than memory': path => truncateSync(path, 2 ** 40),
}

/** Ways to replace the file. */
export const kinds: Readonly<Record<string, Damage>> = {
  'a directory': instead(path => mkdirSync(path)),
  'a directory with a file': instead(path => {
    mkdirSync(path)
    writeFileSync(join(path, 'file'), 'x')
  }),
  'a link to another file': instead(path => symlinkSync('/etc/passwd', path)),
  'a link to nowhere': instead(path => symlinkSync('/no/such/file', path)),
  'a link to itself': instead(path => symlinkSync(path, path)),
  'a named pipe': made(path => spawnSync('mkfifo', [path])),
  ...(canMakeDevices() ? { 'an endless device': made(makeDevice) } : {}),
}

/** Ways to change only its owner or mode. */
export const rights: Readonly<Record<string, Damage>> = {
  'of another owner': path => chownSync(path, stranger, stranger),
  'open to all': path => chmodSync(path, 0o666),
  'closed to all': path => chmodSync(path, 0),
}
