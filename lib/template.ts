import ejs from 'ejs'
import { readdirSync, readFileSync } from 'node:fs'
import { exit, Failure } from './failure.ts'
import { quotes } from './quote.ts'

// The bundle has the templates inside (build.mjs); from source they are read.
declare const TEMPLATES: Readonly<Record<string, string>> | undefined

const folder = new URL('../templates/', import.meta.url)

const templates = (): Readonly<Record<string, string>> =>
  typeof TEMPLATES === 'undefined'
    ? Object.fromEntries(
        readdirSync(folder).map(name => [
          name,
          readFileSync(new URL(name, folder), 'utf8'),
        ]),
      )
    : TEMPLATES

/** What a template may use, to print it or to decide by it. */
export type Values = Readonly<Record<string, unknown>>

/**
 * Fills in the template `NAME.EXTENSION.ejs`. The extension says which
 * language is written and so how values are quoted; EJS's own escape is for
 * HTML and is never used. A name that is not among the values is an error.
 */
export const render = (name: string, values: Values): string => {
  const text = templates()[`${name}.ejs`]
  const quote = quotes[name.split('.').at(-1) ?? '']
  if (text === undefined || quote === undefined) {
    throw new Failure(exit.software, `there is no template ${name}`)
  }
  return ejs.render(text, values, {
    escape: quote,
    // Errors name it, and EJS would quote the missing name otherwise.
    filename: name,
    strict: true,
    destructuredLocals: Object.keys(values),
  })
}
