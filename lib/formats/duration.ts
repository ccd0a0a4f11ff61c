const units: Readonly<Record<string, number>> = {
  m: 60,
  h: 60 * 60,
  d: 24 * 60 * 60,
  w: 7 * 24 * 60 * 60,
}

// Ten years: anything longer can do without an end.
const longest = 10 * 366 * 24 * 60 * 60

/** `30m`, `12h`, `7d` or `4w` in milliseconds; undefined for other text. */
export const parseDuration = (text: string): number | undefined => {
  const [, number = '', unit = ''] =
    text.match(/^([1-9]\d{0,8})([mhdw])$/) ?? []
  const seconds = Number(number) * (units[unit] ?? 0)
  return seconds > 0 && seconds <= longest ? seconds * 1000 : undefined
}
