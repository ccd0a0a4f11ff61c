// Other programs' words, in which secrets may stand: Synapse shows the setting
// that it does not understand, whole.

const hidden = '«hidden»'

// A shorter one would be found in other words, which would tell what it is.
const shortest = 8

const named = /(secret|pass|password|passwd|token|key)$/i

/** The texts in a tree of settings whose keys call them secret. */
export const secretsIn = (value: unknown, isSecret = false): string[] =>
  Array.isArray(value)
    ? value.flatMap(each => secretsIn(each, isSecret))
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, each]) =>
          secretsIn(each, isSecret || named.test(key)),
        )
      : isSecret && ['string', 'number'].includes(typeof value)
        ? [String(value)]
        : []

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
