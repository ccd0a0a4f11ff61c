/**
 * A word of sh(1) in single quotes, where only the quote itself is special.
 */
export const singleQuoted = (text: string): string =>
  `'${text.replaceAll("'", `'\\''`)}'`
