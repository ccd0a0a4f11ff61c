/**
 * Text that Caddy reads with its placeholders, such as `{env.HOME}`, so that
 * none is replaced in it (replacer.go of Caddy). A backslash before a brace
 * disappears, but only in a text that has an opening one.
 */
export const literal = (text: string): string =>
  text.includes('{') ? text.replace(/[{}]/g, '\\$&') : text
