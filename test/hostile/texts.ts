// Hostile texts for every kind of parameter: some are valid, others only look
// valid.

import fc, { type Arbitrary } from 'fast-check'
import type { KindName } from '../../lib/params/kind.ts'

// Texts that are special in YAML, sh, EJS, LDAP, nginx or Python's %, and the
// word that the port's rc script searches for.
const atoms = [
  'CHANGEME',
  'CHANGE',
  'ME',
  '<%= domain %>',
  '<%- 1 %>',
  '<% } %>',
  '%>',
  '-%>',
  '<%#',
  '<%%',
  '${HOME}',
  '$HOME',
  '$(id)',
  '`id`',
  '$',
  '\\',
  '\\\\',
  '\\n',
  '\\x41',
  '\\u0041',
  '\\"',
  "\\'",
  '"',
  "'",
  '""',
  "''",
  "'\\''",
  '# ',
  ' #',
  ': ',
  ':',
  '- ',
  '? ',
  '! ',
  '!!str ',
  '!!python/name:os.system',
  '&a',
  '*a',
  '| ',
  '> ',
  '%YAML 1.1',
  '---',
  '...',
  '@',
  '{',
  '}',
  '[',
  ']',
  '{{',
  ',',
  ', ',
  '<<',
  '=',
  ';',
  '&&',
  '||',
  '(',
  ')',
  '(*)',
  '\\2a',
  '\\28',
  '%s',
  '%(app)s',
  '%',
  '%%',
  'null',
  'Null',
  'yes',
  'no',
  'on',
  'true',
  '~',
  '012',
  '0o17',
  '0x1f',
  '1e3',
  '1_000',
  '12:30:45',
  '.inf',
  '.NaN',
  '2024-01-01',
  '+1',
  '-1',
  ' ',
  '  ',
  'export "DOMAIN=evil.example"',
  "export DOMAIN='evil.example'",
  'DOMAIN=evil.example',
  '../',
  '/',
  '//',
  'a',
  'b',
  'Z',
  '0',
  'ä',
  'ß',
  '鍵',
  '🔑',
  '👩‍👩‍👧',
  'e\u0301',
  '\u00a0',
  '\u00ad',
  '\u200b',
  '\u202e',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\ufffe',
  '\uffff',
  '\ue000',
  '\u{10ffff}',
  '\u{1ffff}',
  'server_name: evil',
  'x@example.com',
]

// Characters that no parameter may contain.
const forbidden = [
  '\0',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\x07',
  '\x1b[31m',
  '\x7f',
  '\x80',
  '\x85',
  '\x9f',
  '\ufffd',
  '\ud800',
  '\udfff',
  'x"\nexport DOMAIN=evil.example\ny',
  '\nserver_name: evil.example\n',
]

const isBad = (text: string): boolean =>
  /[\p{Cc}\ufffd]/u.test(text) || !text.isWellFormed()

const longest = 64 * 1024

/** Errors that a text of any kind can have. */
export const isImpossible = (text: string): boolean =>
  isBad(text) || Buffer.byteLength(text) > longest

const anywhere = fc.string({ unit: 'binary', maxLength: 20 })

const joined = (parts: readonly Arbitrary<string>[], most = 6) =>
  fc.array(fc.oneof(...parts), { maxLength: most }).map(all => all.join(''))

const atom = fc.constantFrom(...atoms)

// A text of 64 KiB and more, sometimes exactly that.
const long = fc
  .tuple(atom, fc.constantFrom(2, -1, 0, 1, 100_000, -50_000))
  .map(([text, more]) => {
    const room = longest + more
    const count = Math.floor(room / Buffer.byteLength(text))
    const rest = room - count * Buffer.byteLength(text)
    return text.repeat(count) + 'x'.repeat(rest)
  })

/** Any text that a parameter can have. */
export const carriable: Arbitrary<string> = fc
  .oneof(
    { weight: 60, arbitrary: joined([atom]) },
    { weight: 30, arbitrary: joined([atom, anywhere]) },
    { weight: 10, arbitrary: fc.string({ maxLength: 30 }) },
    { weight: 1, arbitrary: long },
  )
  .filter(text => text !== '' && !isImpossible(text))

/** Any text at all: half characters, line breaks, NUL, too long ones. */
export const any: Arbitrary<string> = fc
  .oneof(
    { weight: 5, arbitrary: joined([atom, fc.constantFrom(...forbidden)]) },
    {
      weight: 3,
      arbitrary: fc
        .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
        .map(units => String.fromCharCode(...units)),
    },
    { weight: 1, arbitrary: fc.oneof(anywhere, long) },
  )
  .filter(text => text !== '')

const label = fc
  .stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/)
  // The last label must not be a number.
  .map(text => `${text}z`)

const name = fc.oneof(
  fc.constantFrom('null', 'yes', 'on', 'true', 'e', '1e3', '0x1f'),
  fc.array(label, { minLength: 1, maxLength: 4 }).map(all => all.join('.')),
)

const port = fc.integer({ min: 1, max: 65535 }).map(String)

/** Spellings of addresses, and the canonical ones. */
export const spellings: Readonly<Record<string, string>> = {
  '10.192.0.5': '10.192.0.5',
  '192.0.2.1': '192.0.2.1',
  'fd00::5': 'fd00::5',
  'FD00:0:0::5': 'fd00::5',
  '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
  '0000:0000::0001': '::1',
}

const address = fc.constantFrom(...Object.keys(spellings))

const listOf = (items: Arbitrary<string>): Arbitrary<string> =>
  fc
    .array(fc.tuple(items, fc.constantFrom('', ' ', '  ')), {
      minLength: 1,
      maxLength: 3,
    })
    .map(all => all.map(([item, space]) => space + item).join(','))

const without = (odd: RegExp): Arbitrary<string> =>
  carriable.map(text => text.replaceAll(odd, '')).filter(text => text !== '')

const local = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}$/)
const email = fc.tuple(local, name).map(([box, host]) => `${box}@${host}`)

const sendingLocal = fc.stringMatching(/^[a-z0-9!#$&'*+/=?^_`{|}~-]{1,12}$/)
const sending = fc
  .tuple(sendingLocal, name)
  .map(([box, host]) => `${box}@${host}`)

const mailbox = fc.oneof(
  sending,
  fc
    .tuple(without(/["\\%\u2028\u2029]/g), sending)
    .map(([text, at]) => `"${text}" <${at}>`),
  fc
    .tuple(without(/["()<>@,;:\\.[\]%\u2028\u2029]/g), sending)
    .map(([text, at]) => `${text} %(app)s <${at}>`),
)

// RFC 4514 and 4515: every character can be written as hexadecimal digits.
const hex = (text: string): string =>
  [...Buffer.from(text)]
    .map(byte => `\\${byte.toString(16).padStart(2, '0')}`)
    .join('')

const escaped = (odd: RegExp) =>
  carriable
    .filter(text => text.length < 4000)
    .map(text => text.replaceAll(odd, hex).replace(/^ +| +$/g, hex))

const attribute = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/)

const dn = fc
  .array(fc.tuple(attribute, escaped(/[",+;<>\\=#\s\u0085\ufeff]/gu)), {
    minLength: 1,
    maxLength: 3,
  })
  .map(parts => parts.map(([key, value]) => `${key}=${value}`).join(','))

const condition = fc
  .tuple(attribute, escaped(/[()*\\\s\u0085\ufeff]/gu))
  .map(([key, value]) => `(${key}=${value})`)

const filter = fc.oneof(
  condition,
  fc.tuple(condition, condition).map(([a, b]) => `(&${a}(!${b}))`),
)

const path = without(/,/g).map(text => `/${text.trim()}x`)

const url = fc
  .tuple(
    fc.constantFrom('https://', 'http://'),
    name,
    fc.stringMatching(/^([A-Za-z0-9$&'()*+,;=@!~:._-]|%[0-9A-F]{2}){0,30}$/),
  )
  .map(([scheme, host, rest]) => `${scheme}${host}/${rest}`)

const turnUri = fc
  .tuple(
    fc.constantFrom('turn:', 'turns:'),
    fc.oneof(name, fc.constantFrom('10.192.0.5', '[fd00::5]')),
    fc.oneof(
      fc.constant(''),
      port.map(number => `:${number}`),
    ),
    fc.constantFrom('', '?transport=udp', '?transport=tcp'),
  )
  .map(parts => parts.join(''))

const words = (...all: string[]): Arbitrary<string> => fc.constantFrom(...all)

/** Valid texts, by kind: every kind must be here. */
export const right: Readonly<Record<KindName, Arbitrary<string>>> = {
  serverName: fc.oneof(
    name,
    fc.tuple(name, port).map(([host, number]) => `${host}:${number}`),
  ),
  addresses: listOf(address),
  networks: listOf(
    fc
      .tuple(address, fc.constantFrom('', '/0', '/24', '/32'))
      .map(([at, length]) => at + length),
  ),
  ldapServers: listOf(fc.oneof(name, address)),
  host: fc.oneof(name, address),
  hostName: name,
  domainName: name,
  email,
  contact: fc.oneof(
    email,
    fc
      .tuple(fc.stringMatching(/^[!-9;-~]{1,12}$/), name)
      .map(([local, host]) => `@${local}:${host}`),
  ),
  mailbox: mailbox.filter(text => !isImpossible(text)),
  localpart: fc.stringMatching(/^[a-z][a-z0-9._=/+-]{0,12}$/),
  boolean: words('yes', 'no', 'TRUE', 'off', '0', '1'),
  secret: carriable,
  text: carriable,
  port,
  seconds: fc.integer({ min: 1, max: 86400 }).map(String),
  url,
  link: fc
    .tuple(
      url,
      fc.stringMatching(/^([?#][A-Za-z0-9$&'()*+,;=@!~:._?#-]{0,20})?$/),
    )
    .map(([text, rest]) => text + rest),
  acmeDirectory: fc.oneof(
    fc.constantFrom('staging', 'STAGING'),
    url.map(text => text.replace(/^http:/, 'https:')),
  ),
  size: words('1', '50M', '7k', '3G', '999999999999'),
  file: path.filter(text => !isImpossible(text)),
  files: listOf(path).filter(text => !isImpossible(text)),
  dn,
  ldapFilter: filter,
  ldapAttribute: attribute,
  turnUris: listOf(turnUri),
  websocketUrl: url.map(text => text.replace(/^\w+/, 'wss')),
  serviceUrl: url.map(text => `${text.replace(/^\w+/, 'https')}x`),
  logLevel: words('DEBUG', 'info', 'Warning', 'ERROR', 'CRITICAL'),
  logTarget: words('file', 'STDOUT'),
  verification: words('token', 'none'),
  mailTls: words('auto', 'none', 'starttls', 'implicit'),
  ldapTls: words('none', 'starttls', 'ldaps'),
}
