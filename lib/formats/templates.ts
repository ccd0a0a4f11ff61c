// The bundle contains compiled templates and replaces this module
// (build/templates.mjs). From source, EJS compiles the files.

import ejs from 'ejs'
import { existsSync, readFileSync } from 'node:fs'
import type { Quote } from './quote.ts'

/** The values that a template may use. */
export type Values = Readonly<Record<string, unknown>>

/** A template as a function. A name that has no value is an error. */
export type Template = (values: Values, quote: Quote) => string

const folder = new URL('../../templates/', import.meta.url)

/** The template `NAME.EXTENSION.ejs`, if there is one. */
export const templateNamed = (name: string): Template | undefined => {
  const file = new URL(`${name}.ejs`, folder)
  if (!existsSync(file)) {
    return undefined
  }
  const text = readFileSync(file, 'utf8')
  return (values, quote) =>
    ejs.render(text, values, {
      escape: quote,
      // EJS names this file in its errors.
      filename: name,
      strict: true,
      destructuredLocals: Object.keys(values),
    })
}
