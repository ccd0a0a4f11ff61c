import { Secret } from '../../contract/secret.ts'
import { isPort } from '../../formats/server-name.ts'
import { either, type Kind } from './parsed.ts'

const words: Record<string, boolean> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
}

export const boolean: Kind<boolean> = {
  expects: 'yes or no',
  parse: text => {
    const word = text.toLowerCase()
    const value = Object.hasOwn(words, word) ? words[word] : undefined
    return value === undefined
      ? { fault: 'is not yes or no (true/false, on/off, 1/0)' }
      : { value }
  },
}

const isEmpty = (text: string) => text === '' && 'is empty'

export const secret: Kind<Secret> = {
  expects: 'secret text',
  parse: text => either(new Secret(text), isEmpty(text)),
}

export const text: Kind<string> = {
  expects: 'text',
  parse: value => either(value, isEmpty(value)),
}

export const port: Kind<number> = {
  expects: 'port',
  parse: value =>
    either(Number(value), !isPort(value) && 'is not a port (1-65535)'),
}

export const seconds: Kind<number> = {
  expects: 'seconds',
  parse: value =>
    either(
      Number(value),
      (!/^[1-9]\d{0,4}$/.test(value) || Number(value) > 86400) &&
        'is not a number of seconds (1-86400)',
    ),
}

export const size: Kind<string> = {
  expects: 'bytes, or a number with K, M, G or T',
  parse: value => {
    const [, digits = '', unit = ''] =
      value.match(/^([1-9]\d{0,11})([KMGT]?)$/i) ?? []
    if (digits === '') {
      return { fault: 'is not a size such as 50M (K, M, G, T or bytes)' }
    }
    // Older versions of Synapse support only K and M.
    const large = { G: 1024n, T: 1024n * 1024n }[unit.toUpperCase()]
    return {
      value:
        large === undefined
          ? digits + unit.toUpperCase()
          : `${BigInt(digits) * large}M`,
    }
  },
}

// `size` has made K or M of all units, with Synapse's meaning.
const units: Readonly<Record<string, number>> = { K: 1024, M: 1024 * 1024 }

/** The bytes of a value of the kind `size`. */
export const bytesOf = (size: string): number => {
  const [, digits = '', unit = ''] = size.match(/^(\d+)([KM]?)$/) ?? []
  return Number(digits) * (units[unit] ?? 1)
}

export const oneOf = <const T extends string>(
  values: readonly T[],
): Kind<T> => ({
  expects: values.join(', '),
  parse: value => {
    const found = values.find(
      each => each.toLowerCase() === value.toLowerCase(),
    )
    return found === undefined
      ? { fault: `is not one of ${values.join(', ')}` }
      : { value: found }
  },
})
