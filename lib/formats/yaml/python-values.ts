// The texts that PyYAML's safe constructor turns into a value or refuses.

const date = new RegExp(
  String.raw`^(\d{4})-(\d\d?)-(\d\d?)` +
    String.raw`(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.\d*)?` +
    String.raw`(?:[ \t]*(?:Z|[-+](\d\d?)(?::(\d\d))?))?)?$`,
)

/** The numbers in a text that looks like a date; 0 for those it lacks. */
const numbersOf = (text: string): number[] | undefined => {
  const found = text.match(date)
  return found === null || (found[4] === undefined && text.length !== 10)
    ? undefined
    : found.slice(1).map(each => Number(each ?? 0))
}

const isDate = (text: string): boolean => {
  const numbers = numbersOf(text)
  if (numbers === undefined) {
    return false
  }
  const [year = 0, month = 0, day = 0] = numbers
  const [hour = 0, minute = 0, second = 0] = numbers.slice(3)
  const [zone = 0, more = 0] = numbers.slice(6)
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return (
    year > 0 &&
    month > 0 &&
    month < 13 &&
    day > 0 &&
    day <= last &&
    hour < 24 &&
    minute < 60 &&
    second < 60 &&
    zone * 60 + more < 24 * 60
  )
}

/** Whether a plain text looks like a value but is not a valid one. */
export const isNoValue = (text: string): boolean =>
  /^(?:=|<<|[-+]?0[xb]_+|[-+]?[\d_]{4301,})$/.test(text) ||
  (numbersOf(text) !== undefined && !isDate(text))

/** The supported tags, and the texts that each may precede. */
export const tags: Readonly<Record<string, (text: string) => boolean>> = {
  '!!str': () => true,
  '!!null': () => true,
  '!!bool': text => /^(?:yes|no|true|false|on|off)$/i.test(text),
  '!!int': text => /^[-+]?(?:0|[1-9]\d{0,999})$/.test(text),
  '!!float': text => /^[-+]?\d{1,999}(?:\.\d{0,999})?$/.test(text),
  // A pattern of groups of four would need 300 MB for a long text.
  '!!binary': text => text.length % 4 === 0 && /^[a-z\d+/]*={0,2}$/i.test(text),
  '!!timestamp': isDate,
}
