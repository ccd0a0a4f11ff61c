import type { Gathered } from './gather.ts'
import { rows, type ParamName } from './params.ts'
import { reveal } from '../contract/secret.ts'

/**
 * Whether a parameter was given another value than its default. A list of all
 * parameters, such as a Nomad job, also has defaults: a parameter at its default
 * needs no others.
 */
export const isAsked = (name: ParamName, gathered: Gathered): boolean => {
  const raw = gathered.get(name)
  const usual = rows.find(row => row.name === name)?.default
  return raw !== undefined && reveal(raw.value) !== usual
}
