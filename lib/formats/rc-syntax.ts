// What sh(1), and so rc(8), makes of the lines of an rc.conf.

import { singleQuoted } from './sh.ts'

/**
 * The line that gives a variable a value, whatever characters that has. sysrc(8)
 * writes it in double quotes as it is, and sh(1) then reads another one.
 */
export const assigning = (name: string, value: string): string =>
  `${name}=${/["$`\\]/.test(value) ? singleQuoted(value) : `"${value}"`}`

// Comments, and quoted and unquoted text that sh(1) can always read. What is left
// may be a quotation that does not end, or is a form too rare to be parsed here.
const plainParts =
  /\\[^]|(?<![^\s;&|()])#.*|'[^']*'|"(?:[^"\\`$]|\\[^]|\$(?![({]))*"|[^'"`\\$#;&|<>(){}]+|\$(?![({])|#/g

/** Whether sh(1) can surely read the assignments of an rc.conf. */
export const isPlain = (text: string): boolean =>
  text.replaceAll(plainParts, '') === ''

/** What is assigned to, but is no name of a variable: sh(1) runs the line. */
export const notNames = (text: string): string[] =>
  [...text.matchAll(/^[ \t]*(\d[\w.-]*|\w+[.-][\w.-]*)=/gm)].map(
    ([, name = '']) => name,
  )
