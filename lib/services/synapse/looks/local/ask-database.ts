import type { Host } from '../../../../host/host.ts'
import { paths } from '../../../../contract/paths.ts'
import { plain } from '../../../../contract/report.ts'
import { pythonOf, runPython } from '../../python.ts'

/** What the database says. */
export interface Answer {
  /** The names of updates that Synapse still makes in the background. */
  updates: string[]
  /** What SQLite's quick check says: `ok` alone if nothing is wrong. */
  check?: string[]
}

// In seconds: for a run that somebody waits for, and for the daily one.
const patience = { now: 3, daily: 60 * 60 }

// A reader of a database without a write-ahead log would make Synapse wait.
const script = `
import json, sqlite3, sys
path, check = sys.argv[1:]
try:
    db = sqlite3.connect('file:' + path + '?mode=ro', 1, uri=True)
    is_wal = db.execute('pragma journal_mode').fetchone()[0] == 'wal'
    there = db.execute("select 1 from sqlite_master where type = 'table' "
                       "and name = 'background_updates'").fetchone()
    names = db.execute('select update_name from background_updates limit 1000'
                       ) if there else []
    found = {'updates': [str(name) for name, in names]}
    if check == 'yes' and is_wal:
        found['check'] = [str(line)[:200] for line, in
                          db.execute('pragma quick_check(3)')]
except sqlite3.Error as error:
    found = {'fault': str(error)}
print(json.dumps(found))
`

/** Whether SQLite says by this that the file itself is wrong. */
export const isDamage = (fault: string): boolean =>
  /malformed|not a database/.test(fault)

const areTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(each => typeof each === 'string')

const read = (text: string): Answer | { fault: string } | undefined => {
  try {
    const { updates, check, fault } = Object(JSON.parse(text))
    return typeof fault === 'string'
      ? { fault: plain(fault) }
      : areTexts(updates)
        ? { updates, ...(areTexts(check) ? { check } : {}) }
        : undefined
  } catch {
    return undefined
  }
}

/**
 * Asks the database, as the user synapse: root opens nothing in that user's
 * directory.
 * @param isDaily whether there is time
 * @param isSmall whether the check is quick
 */
export const askDatabase = async (
  host: Host,
  isDaily: boolean,
  isSmall: boolean,
): Promise<Answer | { fault: string }> => {
  const python = pythonOf(host)
  if (python === undefined) {
    return { fault: `${paths.synapseScript} names no Python` }
  }
  const seconds = isDaily ? patience.daily : patience.now
  const check = isDaily || isSmall ? 'yes' : 'no'
  const args = ['-I', '-S', '-c', script, paths.database, check]
  const { stdout, stderr, late } = await runPython(host, python, args, seconds)
  const last = plain(stderr.trim().split('\n').at(-1) ?? '')
  const why = late ? `does not answer within ${seconds} s` : last
  return read(stdout) ?? { fault: `the database ${why || 'says nothing'}` }
}
