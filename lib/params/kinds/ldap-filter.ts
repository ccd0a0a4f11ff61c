import { plain, show } from '../../contract/report.ts'
import { descriptor } from './ldap-name.ts'
import { either, type Kind } from './parsed.ts'

// RFC 4515, section 3. An attribute may be an OID here.
const attribute = `(?:${descriptor}|\\d+(?:\\.\\d+)+)(?:;[A-Za-z0-9-]+)*`
const rule = `(?:${descriptor}|\\d+(?:\\.\\d+)+)`
const character = '(?:[^()*\\\\]|\\\\[0-9A-Fa-f]{2})'
// The LDAP module strips spaces at both ends of a value.
const value = `(?! )${character}*(?<! )`
const pattern = `(?! )${character}*(?:\\*${character}+)*\\*?(?<! )`

const condition = new RegExp(
  [
    `\\(${attribute}=${pattern}\\)`,
    `\\(${attribute}[~<>]=${value}\\)`,
    `\\(${attribute}(?::dn)?(?::${rule})?:=${value}\\)`,
    `\\((?::dn)?:(?!dn:)${rule}:=${value}\\)`,
  ].join('|'),
  'g',
)

// Control characters have been refused before. This one stands for a filter
// that is valid.
const mark = '\0'
const combined = /\([&|] *\0(?: *\0)* *\)|\(! *\0 *\)/g

// Python's ldap3 parses a filter recursively and fails after 1000 calls.
const deepest = 50

const reduce = (text: string, left = deepest): string => {
  const next = text.replaceAll(combined, mark)
  return next === text || left === 0 ? next : reduce(next, left - 1)
}

const count = (text: string, sign: string): number =>
  text.split(sign).length - 1

const filterFault = (text: string): string | undefined => {
  const conditions = text.replaceAll(condition, mark)
  const rest = reduce(conditions)
  const wrong = conditions.match(/\((?![&|!])[^()\0]*\)/)?.[0]
  if (rest === mark) {
    return undefined
  }
  if (text === '') {
    return 'is empty'
  }
  if (count(text, '(') !== count(text, ')')) {
    return 'has unbalanced parentheses'
  }
  if (!text.startsWith('(') || !text.endsWith(')')) {
    return `has no parentheses around it: write "(${plain(text.trim())})"`
  }
  if (wrong !== undefined) {
    return (
      `contains ${show(wrong)}, which is not a condition such as (mail=*): ` +
      'in values write \\28 for (, \\29 for ), \\2a for *, \\5c for \\, and ' +
      '\\20 for a space at either end'
    )
  }
  return /^[\0 ]+$/.test(rest)
    ? `is more than one filter: write "(&${plain(text)})"`
    : 'is not a filter such as (&(mail=*)(!(employeeType=guest)))'
}

/** A filter, RFC 4515, limited to what ldap3 passes on unchanged. */
export const ldapFilter: Kind<string> = {
  expects: 'filter',
  parse: text => either(text, filterFault(text)),
}
