// The bundle has the templates inside, compiled, and another file in this one's
// place (build/templates.mjs). From source they are read, and EJS compiles them.

import ejs from 'ejs'
import { existsSync, readFileSync } from 'node:fs'
import type { Quote } from './quote.ts'

/** What a template may use, to print it or to decide by it. */
export type Values = Readonly<Record<string, unknown>>

/** A template as a function. A name that is not among the values is an error. */
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
      // Errors name it, and EJS would quote the missing name otherwise.
      filename: name,
      strict: true,
      destructuredLocals: Object.keys(values),
    })
}
