import { exit, Failure } from '../contract/failure.ts'
import { quotes } from './quote.ts'
import { templateNamed, type Values } from './templates.ts'

export type { Values } from './templates.ts'

/**
 * Fills in the template `NAME.EXTENSION.ejs`. The extension determines the
 * language and so how values are quoted; EJS's own escape is never used. A name that has no value is an error.
 */
export const render = (name: string, values: Values): string => {
  const template = templateNamed(name)
  if (template === undefined) {
    throw new Failure(exit.software, `there is no template ${name}`)
  }
  const extension = name.split('.').at(-1) ?? ''
  const quote = quotes[extension]
  if (quote === undefined) {
    const message = `template ${name}: lib/formats/quote.ts has no ${extension}`
    throw new Failure(exit.software, message)
  }
  return template(values, quote)
}
