// Other programs' words, in which secrets may stand: Synapse shows the setting
// that it does not understand, whole.

import { hidden } from '../contract/secret.ts'

// A shorter one would be found in other words, which would tell what it is.
const shortest = 8

const named = /(secret|pass|password|passwd|token|key)$/i

/** @param seen the collections already looked into, and whether as secret */
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
  // YAML's ordered mappings and its sets are JavaScript's.
  const entries =
    value instanceof Map || value instanceof Set
      ? [...value.entries()]
      : Object.entries(value)
  return entries.flatMap(([key, each]) =>
    lookInto(each, isSecret || named.test(String(key)), seen),
  )
}

/**
 * The texts in settings whose keys call them secret. A collection may have many
 * places in them, and hold itself.
 */
export const secretsIn = (value: unknown): string[] =>
  lookInto(value, false, new Map())

// As Python's repr() has a text, in quotes of the one kind or of the other.
const shown = (text: string): string[] => {
  const plain = text.replaceAll('\\', '\\\\')
  return [plain, plain.replaceAll("'", "\\'")]
}

/** As it is, in a text that Python shows, and in one that is within another. */
const formsOf = (text: string): string[] => [
  text,
  ...shown(text).flatMap(each => [each, ...shown(each)]),
]

/** What takes secrets out of a text. */
export const hiding = (
  secrets: readonly string[],
): ((text: string) => string) => {
  const forms = [...new Set(secrets)]
    .filter(text => text.length >= shortest)
    .flatMap(formsOf)
    .toSorted((a, b) => b.length - a.length)
  return text => forms.reduce((all, form) => all.replaceAll(form, hidden), text)
}
