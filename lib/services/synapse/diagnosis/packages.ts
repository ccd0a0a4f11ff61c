import type { Host } from '../../../host/host.ts'
import { packageFor } from '../python.ts'
import { plain } from '../../../contract/report.ts'
import type { Diagnosis } from '../../../engine/steps/daemon.ts'

/** FreeBSD's packages that Synapse's own does not bring along, by module. */
const packages: Readonly<Record<string, string>> = {
  _sqlite3: 'sqlite3',
  sqlite3: 'sqlite3',
  psycopg2: 'psycopg2',
  txredisapi: 'txredisapi',
  hiredis: 'hiredis',
  lxml: 'lxml',
  bs4: 'beautifulsoup',
  authlib: 'authlib',
  jwt: 'pyjwt',
  ldap_auth_provider: 'matrix-synapse-ldap3',
}

// What Python says, and Synapse of the modules of databases.
const missing = /No module named '(\w+)|\b(\w+) module is not installed/
const broken = /^cannot import (\w+): (.*)$/

// What Synapse's own check says (check_dependencies.py).
const absent = /\bneeds ([\w.-]+)[^,]*, but it is not installed$/
const wrong = /\bneeds ([^;]+?)(;.*)?, but got ([\w.-]+)(==\S+)$/

/**
 * The Python package that a line of output says is missing or of the wrong
 * version, and what to do.
 */
export const packageFault = (host: Host, line: string): string | undefined => {
  const text = plain(line.trim())
  const [, named, unset] = text.match(missing) ?? []
  const module = named ?? unset ?? ''
  const name = packages[module]
  if (name !== undefined) {
    return `Python has no ${module}: install ${packageFor(host, name)}`
  }
  const [, unusable, why] = text.match(broken) ?? []
  if (unusable !== undefined) {
    const again = `install ${packageFor(host, unusable)} again`
    return `Python cannot import ${unusable} (${why}): ${again}`
  }
  const [, required] = text.match(absent) ?? []
  if (required !== undefined) {
    return `Python has no ${required}: install ${packageFor(host, required)}`
  }
  const [, wanted, , other, version] = text.match(wrong) ?? []
  return other === undefined
    ? undefined
    : `Synapse needs ${wanted}, but ${other}${version} is installed: upgrade ` +
        `${packageFor(host, other)}, or remove it`
}

// Without these Synapse does not start, whatever its configuration is.
const always = [
  /No module named '_?sqlite3'|sqlite3 module is not installed/,
  /, but got |\bneeds \S+, but it is not installed$/,
]

/** Names a package that Synapse lacks. */
export const diagnosePackages = (
  host: Host,
  lines: readonly string[],
): Diagnosis | undefined => {
  const line = lines.find(each => packageFault(host, each) !== undefined)
  const message = line && packageFault(host, line)
  return message === undefined || line === undefined
    ? undefined
    : { message, isCertain: always.some(each => each.test(line)) }
}
