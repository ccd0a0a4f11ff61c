// A client encrypts the first message to a device with a one-time key of that
// device, which Synapse hands out only once. An older database hands it out a
// second time; the device no longer has its secret half, so it can never read
// that message. Without one-time keys Synapse hands out a fallback key until the
// device has sent new ones, with its next sync.
// https://element-hq.github.io/synapse/latest/usage/administration/backups.html

import { exit, Failure } from '../../../contract/failure.ts'
import type { Host } from '../../../host/host.ts'
import { paths } from '../../../contract/paths.ts'
import { pythonOf, runPython } from '../python.ts'

const table = 'e2e_one_time_keys_json'

// A database that Synapse has not finished making has no such table.
const script = [
  'import sqlite3',
  `db = sqlite3.connect("file:${paths.database}?mode=rw", 60, uri=True)`,
  `find = "select 1 from sqlite_master where type = ? and name = ?"`,
  `there = db.execute(find, ["table", "${table}"]).fetchone()`,
  `print(db.execute("delete from ${table}").rowcount if there else 0)`,
  'db.commit()',
  'db.close()',
].join('; ')

// In seconds. The file may be large, and the disk slow.
const limit = 600

const failed = (why: string): Failure =>
  new Failure(
    exit.unavailable,
    'synapse must not start: its data may have been set back, and the ' +
      `one-time keys in ${paths.database} could not be removed: ${why}`,
  )

/**
 * Removes all one-time keys from the database, as the user synapse, with the
 * Python of Synapse.
 * @returns how many there were, in words
 * @throws {Failure} exit 69 if that is not possible, 75 if there is no resource
 *   for a program now
 */
export const forgetOneTimeKeys = async (
  host: Host,
): Promise<string | undefined> => {
  const python = pythonOf(host)
  if (python === undefined) {
    throw failed(`${paths.synapseScript} does not name a Python`)
  }
  const args = ['-I', '-S', '-c', script]
  const ran = await runPython(host, python, args, limit)
  const { code, stdout, stderr, late } = ran
  if (code !== 0) {
    const last = stderr.trim().split('\n').at(-1)
    throw failed(late ? `no end in ${limit} s` : last || `exit ${code}`)
  }
  const count = stdout.trim()
  return count === '0'
    ? undefined
    : `the data may have been set back: their one-time keys (${count}) were ` +
        'removed; clients send new ones'
}
