import { readStrings } from './ssh-wire.ts'

// What follows the type in a key of each type: a text, a fixed number of bytes,
// or any bytes (RFC 4253, RFC 5656, RFC 8709, and PROTOCOL.u2f of OpenSSH).
// ssh-dss is missing: current versions of sshd do not accept it.
const any = 0
const types: Readonly<Record<string, readonly (string | number)[]>> = {
  'ssh-ed25519': [32],
  'ssh-rsa': [any, any],
  'ecdsa-sha2-nistp256': ['nistp256', 65],
  'ecdsa-sha2-nistp384': ['nistp384', 97],
  'ecdsa-sha2-nistp521': ['nistp521', 133],
  'sk-ssh-ed25519@openssh.com': [32, any],
  'sk-ecdsa-sha2-nistp256@openssh.com': ['nistp256', 65, any],
}

const isType = (word: string): boolean => Object.hasOwn(types, word)

// These exist with and without `no-`; the other flags only without.
const switches = [
  ...['agent-forwarding', 'port-forwarding', 'pty', 'touch-required'],
  ...['user-rc', 'verify-required', 'x11-forwarding'],
]
const flags = new Set([
  ...['cert-authority', 'restrict', ...switches],
  ...switches.map(name => `no-${name}`),
])
const settings = new Set([
  ...['command', 'environment', 'expiry-time', 'from', 'permitlisten'],
  ...['permitopen', 'principals', 'tunnel'],
])

// In double quotes, \" is a quote that is part of the text.
const quoted = '"(?:[^"\\\\]|\\\\"|\\\\(?!"))*"'
const allOptions = new RegExp(`^(?:${quoted}|[^" \\t])+(?=[ \\t])`)
const oneOption = new RegExp(`([^,="]+)(=${quoted})?(?:,(?!$)|$)`, 'gy')

const optionsFault = (options: string): string | undefined => {
  const found = [...options.matchAll(oneOption)]
  const length = found.reduce((sum, [all]) => sum + all.length, 0)
  return length === options.length &&
    found.every(([, name = '', value]) =>
      (value === undefined ? flags : settings).has(name.toLowerCase()),
    )
    ? undefined
    : 'begins neither with a key type nor with options that sshd knows'
}

// RequiredRSASize of sshd_config(5).
const shortestRsa = 1024

const bitsOf = (number: Buffer | undefined): number =>
  BigInt(`0x0${number?.toString('hex') ?? ''}`).toString(2).length

const keyFault = (type: string, base64: string): string | undefined => {
  const wanted = [type, ...(types[type] ?? [])]
  const isBase64 =
    /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && base64.length % 4 === 0
  const key = readStrings(Buffer.from(base64, 'base64'), wanted.length)
  const isWhole =
    isBase64 &&
    key?.rest.length === 0 &&
    wanted.every((want, index) => {
      const part = key.strings[index]
      return typeof want === 'string'
        ? part?.toString() === want
        : want === any || part?.length === want
    })
  if (!isWhole) {
    return `has a damaged or incomplete key (${type})`
  }
  const bits = bitsOf(key.strings[2])
  return type === 'ssh-rsa' && bits < shortestRsa
    ? `has an RSA key of ${bits} bits: sshd requires at least ${shortestRsa}`
    : undefined
}

const lineFault = (line: string): string | undefined => {
  if (/\p{Cc}/u.test(line.replaceAll('\t', ''))) {
    return 'contains a control character'
  }
  const options = isType(line.match(/^[^ \t]*/)?.[0] ?? '')
    ? ''
    : (line.match(allOptions)?.[0] ?? '')
  const [type = '', base64 = ''] = line
    .slice(options.length)
    .replace(/^[ \t]+/, '')
    .split(/[ \t]+/)
  return [options, type].includes('ssh-dss')
    ? 'has a DSA key, which sshd no longer accepts'
    : !isType(type)
      ? 'is not a public key (key type, base64, comment)'
      : ((options === '' ? undefined : optionsFault(options)) ??
        keyFault(type, base64))
}

/**
 * The errors in a file of public keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT),
 * options included: each is the end of `PATH: …`. No line is quoted: it may be
 * a secret that was put there by mistake.
 */
export const authorizedKeysFaults = (text: string): string[] => {
  const keys = text
    .split('\n')
    .map((line, index) => ({
      line: line.replace(/^[ \t]+|[ \t\r]+$/g, ''),
      number: index + 1,
    }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
  return keys.length === 0
    ? ['contains no public key']
    : text.includes('PRIVATE KEY-----')
      ? ['contains a private key: leave only public keys in it']
      : keys.flatMap(({ line, number }) => {
          const fault = lineFault(line)
          return fault === undefined ? [] : [`line ${number} ${fault}`]
        })
}
