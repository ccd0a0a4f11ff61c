// Removes secrets from the output of other programs: Synapse prints a setting
// that it cannot parse completely.

import { hidden } from '../../contract/secret.ts'

// A shorter secret also occurs in other words; hiding them would reveal it.
const shortest = 8

const named = /(secret|pass|password|passwd|token|key)$/i

/** @param seen the collections already searched, and whether as secret */
const lookInto = (
  value: unknown,
  isSecret: boolean,
  seen: Map<object, boolean>,
): string[] => {
  if (typeof value !== 'object' || value === null) {
    const isText = ['string', 'number', 'bigint'].includes(typeof value)
    return isSecret && isText ? [String(value)] : []
  }
  if (seen.get(value) === true || seen.get(value) === isSecret) {
    return []
  }
  seen.set(value, isSecret)
  // Ordered mappings and sets of YAML become those of JavaScript.
  const entries =
    value instanceof Map || value instanceof Set
      ? [...value.entries()]
      : Object.entries(value)
  return entries.flatMap(([key, each]) =>
    lookInto(each, isSecret || named.test(String(key)), seen),
  )
}

/**
 * The texts of settings whose keys say that they are secret. A collection may
 * occur several times, even in itself.
 */
export const secretsIn = (value: unknown): string[] =>
  lookInto(value, false, new Map())

// A text as Python's repr() prints it, in single or in double quotes.
const shown = (text: string): string[] => {
  const plain = text.replaceAll('\\', '\\\\')
  return [plain, plain.replaceAll("'", "\\'")]
}

/** The text itself, after one repr() and after two. */
const formsOf = (text: string): string[] => [
  text,
  ...shown(text).flatMap(each => [each, ...shown(each)]),
]

/** A function that replaces secrets in a text. */
export const hiding = (
  secrets: readonly string[],
): ((text: string) => string) => {
  const forms = [...new Set(secrets)]
    .filter(text => text.length >= shortest)
    .flatMap(formsOf)
    .toSorted((a, b) => b.length - a.length)
  return text => forms.reduce((all, form) => all.replaceAll(form, hidden), text)
}
