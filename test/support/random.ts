// Random texts for properties that hold for every text.

const pick = (from: readonly string[]): string =>
  from[Math.floor(Math.random() * from.length)] ?? ''

// Characters that are special in some language.
const special = [...'"\'\\`$#%&*!|>@:;,?-+=~{}[]()<>/. ']

const anywhere = (): string => {
  const code = Math.floor(Math.random() * 0x110000)
  const control = code < 32 || (code >= 127 && code < 160)
  // Characters that no parameter may have.
  return control || (code >= 0xd800 && code < 0xe000) || code === 0xfffd
    ? anywhere()
    : String.fromCodePoint(code)
}

const character = (): string =>
  pick(
    [
      () => pick(special),
      () => pick(special),
      () => pick([...'abcABC0123']),
      anywhere,
    ].map(make => make()),
  )

/** At most `longest` characters of all of Unicode, special ones more often. */
export const randomText = (longest: number): string =>
  Array.from(
    { length: Math.floor(Math.random() * (longest + 1)) },
    character,
  ).join('')
