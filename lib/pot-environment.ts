import { exit, Failure } from './failure.ts'

/**
 * Reads the lines that pot writes for its set-env, as data and never as
 * shell: `export "NAME=value"`, in which only double quotes are escaped, and
 * `export NAME=value` for its own variables. Gives each name with its value,
 * and the text with those lines blanked, for who knows other forms.
 */
export const readPotLines = (
  text: string,
): { values: Map<string, string>; rest: string } => {
  const values = new Map<string, string>()
  const rest = text.split('\n').map(line => {
    // s: U+2028 and U+2029 are no line breaks to anybody else.
    const quoted = line.match(/^export "([A-Za-z_]\w*)=(.*)"\r?$/s)
    if (quoted === null) {
      return line
    }
    values.set(quoted[1]!, quoted[2]!.replaceAll('\\"', '"'))
    return ''
  })
  return { values, rest: rest.join('\n') }
}

/**
 * Reads a whole file of pot's. What is not understood is a fault, since
 * it may be the second line of a value whose first line was taken for all.
 * @returns the values, or the number of the line that is not understood
 */
export const parsePotEnvironment = (
  text: string,
): Map<string, string> | number => {
  const { values, rest } = readPotLines(text)
  for (const [index, line] of rest.split('\n').entries()) {
    const plain = line.match(/^(?:export )?([A-Za-z_]\w*)=([^\s"'`$\\]*)\r?$/)
    if (plain !== null) {
      values.set(plain[1]!, plain[2]!)
    } else if (!/^\s*(#.*)?$/s.test(line)) {
      return index + 1
    }
  }
  return values
}

/**
 * The same form, written.
 * @throws {Failure} exit 70 for a line break, which the form cannot hold and
 *   the checks refuse.
 */
export const renderPotEnvironment = (
  values: Iterable<readonly [string, string]>,
): string =>
  [...values]
    .map(([name, value]) => {
      if (/[\r\n]/.test(value)) {
        throw new Failure(exit.software, `${name} has a line break in it`)
      }
      return `export "${name}=${value.replaceAll('"', '\\"')}"\n`
    })
    .join('')
