// A database that Synapse did not finish: killed at its first start, it leaves
// some of its tables, and every later start fails at the first of them.

import type { Host } from '../../../host/host.ts'
import { traceOf } from '../database/judge-database.ts'
import { packageFor, pythonOf, runPython } from '../python.ts'
import { paths } from '../../../contract/paths.ts'
import { plain } from '../../../contract/report.ts'
import type { Diagnosis } from '../../../engine/steps/daemon.ts'
import { isAlive } from '../../../engine/health/running.ts'

// In seconds. A large -wal may have to be written into the database.
const limit = 60

// The tables that Synapse fills only if somebody has used the server.
const used = [
  ...['users', 'profiles', 'devices', 'access_tokens', 'user_threepids'],
  ...['registration_tokens', 'account_data', 'room_aliases', 'rooms'],
  ...['events', 'event_json', 'room_memberships', 'local_media_repository'],
  ...['remote_media_cache', 'e2e_room_keys', 'pushers', 'user_filters'],
]

// Only SQLite can read such a file: a part of it may be in -wal or -journal. An
// exclusive transaction shows that no other process has it open. The close of
// the last connection writes the -wal into the database; what is left of such
// files belongs to it, and is renamed before it.
const script = `
import json, os, sqlite3, sys
path, aside, may = sys.argv[1:4]
used = sys.argv[4:]
def judge():
    db = sqlite3.connect('file:' + path + '?mode=rw', uri=True, timeout=5,
                         isolation_level=None)
    try:
        db.execute('BEGIN EXCLUSIVE')
        names = [name for name, in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'")]
        def first(what, name):
            return db.execute('SELECT %s FROM "%s" LIMIT 1' % (what, name)
                              ).fetchone()
        return {'tables': len(names),
                'users': first('count(*)', 'users')[0]
                         if 'users' in names else 0,
                'used': [name for name in names
                         if name in used and first('1', name)]}
    finally:
        db.close()
try:
    found = judge()
    if may == 'yes' and found['tables'] and not found['used']:
        if os.path.lexists(aside):
            raise OSError(aside + ' exists')
        for end in ('-wal', '-shm', '-journal', ''):
            if os.path.lexists(path + end):
                os.rename(path + end, aside + end)
        found['moved'] = True
except Exception as error:
    found = {'fault': '%s: %s' % (type(error).__name__, error)}
print(json.dumps(found))
`

/** What the script prints. */
interface Found {
  /** Why the database could not be read. */
  fault?: string
  tables?: number
  users?: number
  /** The tables that show that somebody has used the server. */
  used?: string[]
  moved?: boolean
}

const ask = async (
  host: Host,
  python: string,
  aside: string | undefined,
): Promise<Found> => {
  const args = [paths.database, aside ?? '', aside === undefined ? 'no' : 'yes']
  const ran = await runPython(
    host,
    python,
    ['-I', '-c', script, ...args, ...used],
    limit,
  )
  const last = (ran.code === 0 ? ran.stdout : ran.stderr).trim().split('\n')
  try {
    return JSON.parse(ran.code === 0 ? (last.at(-1) ?? '') : 'no')
  } catch {
    return { fault: ran.late ? `no answer in ${limit} s` : last.at(-1) || '' }
  }
}

const restore = 'restore it from a backup'

const isDamage = (fault: string): boolean =>
  /malformed|not a database/.test(fault)

const unread = (host: Host, fault: string): string =>
  /No module named '_?sqlite3'/.test(fault)
    ? 'cook cannot read it, because Python has no SQLite: ' +
      `install ${packageFor(host, 'sqlite3')}`
    : isDamage(fault)
      ? `is damaged (${plain(fault)}): ${restore}`
      : `cook could not read it (${plain(fault)})`

/** What to do about a database that cook does not touch. */
const kept = (found: Found, trace: string | undefined): string => {
  const { users = 0, used = [] } = found
  const content =
    users > 0
      ? `it has ${users} account${users === 1 ? '' : 's'}`
      : used.length > 0
        ? `its table ${used[0]} is not empty`
        : `${trace} shows that the data set had another one`
  return (
    `is incomplete or damaged, but ${content}, so cook does not replace ` +
    `it: ${restore}`
  )
}

/** A name beside the database that no other run has used. */
const asideName = (now: Date): string =>
  `${paths.database}.half-made-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`

// What Synapse prints if the database is not as it expects.
const evidence =
  /\bsqlite3\.\w*Error: (?!.*(readonly|unable to open|is locked|is full))/

/**
 * Looks at the database if Synapse says that it cannot use it. One that holds
 * nothing is moved aside, so that Synapse creates it again: the user synapse
 * does that, because root writes nothing in that user's directory.
 */
export const diagnoseDatabase = async (
  host: Host,
  lines: readonly string[],
  mayRepair: boolean,
): Promise<Diagnosis | undefined> => {
  const python = pythonOf(host)
  if (
    !lines.some(line => evidence.test(line)) ||
    python === undefined ||
    // Local overrides may name another one.
    !host.text(paths.homeserver)?.includes(paths.database) ||
    !host.look(paths.database)?.size
  ) {
    return undefined
  }
  const trace = traceOf(host)
  const isIdle = !isAlive(host, { pidFile: paths.pidFile })
  const may = mayRepair && isIdle && trace === undefined
  const aside = may ? asideName(new Date()) : undefined
  const found = await ask(host, python, aside)
  const at = (message: string, more: Partial<Diagnosis> = {}): Diagnosis => ({
    message: `${paths.database}: ${message}`,
    isCertain: true,
    ...more,
  })
  return found.fault !== undefined
    ? at(unread(host, found.fault), { isCertain: isDamage(found.fault) })
    : found.tables === 0
      ? undefined
      : found.moved
        ? at(
            'was left incomplete by an interrupted first start, and had no ' +
              `account: moved to ${aside}; Synapse creates it anew`,
            { isRepaired: true },
          )
        : (found.used?.length ?? 0) === 0 && trace === undefined
          ? at(
              'was left incomplete by an interrupted first start, and has no ' +
                'account: run cook to create it anew',
            )
          : at(kept(found, trace))
}
