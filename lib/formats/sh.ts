/**
 * A word of sh(1) between single quotes, in which nothing means anything but
 * the quote itself.
 */
export const singleQuoted = (text: string): string =>
  `'${text.replaceAll("'", `'\\''`)}'`
