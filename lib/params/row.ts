import type { KindName } from './kind.ts'

/** One parameter: all facts about it, in one place. */
export interface Row {
  /** The environment variable. */
  name: string
  /** The flag, without its two hyphens. */
  flag: string
  kind: KindName
  /** The section of the tables that lists it. */
  group: 'server' | 'edge' | 'registration' | 'mail' | 'LDAP' | 'calls' | 'jail'
  required?: true
  /** The value if none is given. */
  default?: string
  /** What happens if no value is given and there is no default. */
  absent?: string
  /** The variable of pot that is used if no value is given. */
  fallback?: string
  /** The value in a Nomad job, if it differs from the default or example. */
  inNomad?: string
  example: string
  help: string
}

/** Whether a row's value must never be printed. */
export const isSecret = (row: Row): boolean => row.kind === 'secret'
