import { bytesOf } from '../../../params/kinds/plain.ts'

// Synapse takes 200 events of 64 KiB in a transaction, and what is around them
// (MAX_REQUEST_SIZE in synapse/app/_base.py): 13.1 MB.
const transaction = 13_200_000

/** The largest body that is not an upload. */
export const bodyLimit = (maxUpload: string): number =>
  Math.max(bytesOf(maxUpload), transaction)

/**
 * A pattern for larger numbers: Caddy compares no numbers of a request but in an
 * expression, which fails if there is none.
 */
export const above = (limit: number): string => {
  const digits = String(limit)
  const later = [...digits].flatMap((digit, index) => {
    const rest = digits.length - index - 1
    return digit === '9'
      ? []
      : [`${digits.slice(0, index)}[${Number(digit) + 1}-9][0-9]{${rest}}`]
  })
  return `^(${[`[1-9][0-9]{${digits.length},}`, ...later].join('|')})$`
}
