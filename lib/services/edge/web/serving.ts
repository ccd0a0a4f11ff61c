// How Caddy serves files.

import { posix } from 'node:path'
import type { Handler } from '../config/json.ts'

/**
 * Headers for answers that have what was asked for. An error has none of them:
 * no browser is to keep it.
 */
export const onSuccess = (
  set: Readonly<Record<string, readonly string[]>>,
): Handler => ({
  handler: 'headers',
  response: { set, require: { status_code: [2, 304] } },
})

/** Serves the files of a directory. */
export const filesIn = (root: string): Handler => ({
  handler: 'file_server',
  root,
  index_names: ['index.html'],
})

/** Serves one file, whatever the path of the request is. */
export const fileAt = (path: string): Handler[] => [
  { handler: 'rewrite', uri: `/${posix.basename(path)}` },
  { ...filesIn(posix.dirname(path)), canonical_uris: false },
]
