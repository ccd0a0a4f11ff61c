import { basename } from 'node:path'
import t from 'tap'
import { temporaryName } from '../../lib/host/look.ts'
import { signingKeyPath } from '../../lib/contract/paths.ts'
import {
  canonicalAddress,
  hostFault,
  isPort,
  isUnspecified,
  parseServerName,
} from '../../lib/formats/server-name.ts'

const label = 'a'.repeat(63)

const longest = `${'a.'.repeat(111)}ab`

t.test("a server name is parsed by Matrix's grammar", async t => {
  for (const [text, host, port] of [
    ['example.com', 'example.com', undefined],
    ['example.com:8448', 'example.com', 8448],
    ['example.com:1', 'example.com', 1],
    ['example.com:65535', 'example.com', 65535],
    ['localhost', 'localhost', undefined],
    ['a.1b', 'a.1b', undefined],
    ['a.b1', 'a.b1', undefined],
    ['1.com', '1.com', undefined],
    ['a-b.1x.c', 'a-b.1x.c', undefined],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', undefined],
    ['10.0.0.1', '10.0.0.1', undefined],
    ['10.0.0.1:443', '10.0.0.1', 443],
    ['[::1]', '::1', undefined],
    ['[2001:db8::1]:8448', '2001:db8::1', 8448],
    ['[::ffff:10.0.0.1]', '::ffff:10.0.0.1', undefined],
    [`${label}.example`, `${label}.example`, undefined],
    [longest, longest, undefined],
  ] as const) {
    t.same(parseServerName(text), { name: text, host, port }, text)
  }
})

t.test('the longest server name fits into its file names', async t => {
  const path = temporaryName(signingKeyPath(longest), '0'.repeat(12))
  t.equal(basename(path).length, 255)
})

const noHost = 'is not host or host:port'
const noAddress = 'has no IPv6 address in its brackets'
const badPort = 'has a port that is not 1-65535'
const unspecified = 'means all addresses: write one address or a host name'
const notAscii = 'is not ASCII: write the xn-- form of the name'
const hyphen = 'has a label that begins or ends with a hyphen'
const numbers = 'is neither a host name nor an IPv4 address'

t.test('an invalid server name is refused with the reason', async t => {
  for (const [text, fault] of [
    ['', 'has no host'],
    [':8448', 'has no host'],
    [
      'https://example.com',
      'is a URL: write only the name, without "https://"',
    ],
    ['HTTP://x/', 'is a URL: write only the name, without "HTTP://"'],
    ['example.com/', 'has a path: write only the host name'],
    ['example.com:8448/x', 'has a path: write only the host name'],
    ['exa mple.com', 'contains a space, which host names cannot have'],
    [' example.com', 'contains a space, which host names cannot have'],
    ['my_host.com', 'contains "_", which host names cannot have'],
    ['@a', 'contains "@", which host names cannot have'],
    ['a"b', 'contains "\\"", which host names cannot have'],
    ['Example.Com', 'has upper-case letters: write "example.com"'],
    ['A.example:8448', 'has upper-case letters: write "a.example:8448"'],
    ['[2001:DB8::1]', 'has upper-case letters: write "[2001:db8::1]"'],
    ['example.com.', 'ends with a dot: remove it'],
    ['example.com.:8448', 'ends with a dot: remove it'],
    ['.', 'ends with a dot: remove it'],
    ['a..b', 'has an empty label'],
    ['.a', 'has an empty label'],
    ['-a.com', hyphen],
    ['a-.com', hyphen],
    [`a${label}.com`, 'has a label of more than 63 characters'],
    [`${longest}c`, 'is longer than 224 characters'],
    ['1.2.3', numbers],
    ['256.0.0.1', numbers],
    ['1.2.3.4.5', numbers],
    ['01.2.3.4', numbers],
    ['example.com:', badPort],
    ['example.com:0', badPort],
    ['example.com:65536', badPort],
    ['example.com:abc', badPort],
    ['example.com:-1', badPort],
    ['example.com:08448', badPort],
    ['[::1]:0', badPort],
    ['a:b:c', 'has a port that is not 1-65535'],
    ['::1', 'is an IPv6 address without brackets: write "[::1]"'],
    [
      '2001:db8::1',
      'is an IPv6 address without brackets: write "[2001:db8::1]"',
    ],
    ['[::1', noHost],
    ['[::1]8448', noHost],
    ['a[::1]', noHost],
    ['[]', noAddress],
    ['[example.com]', noAddress],
    ['[10.0.0.1]', noAddress],
    ['[fe80::1%em0]', noAddress],
    ['0.0.0.0', unspecified],
    ['0.0.0.0:8448', unspecified],
    ['[::]', unspecified],
    ['[0:0::0]:8448', unspecified],
    ['bücher.example', notAscii],
    ['例え.jp', notAscii],
    ['example.com\n', notAscii],
    ['ｅxample.com', notAscii],
  ] as const) {
    t.equal(parseServerName(text), fault, JSON.stringify(text).slice(0, 40))
  }
})

t.test('a host is a host name or an address, in any case', async t => {
  for (const [text, fault] of [
    ['mail.example.com', undefined],
    ['Mail.Example.com', undefined],
    ['10.0.0.1', undefined],
    ['::1', undefined],
    ['', 'is empty'],
    ['[::1]', 'contains "[", which host names cannot have'],
    ['a:25', 'contains ":", which host names cannot have'],
    ['a/b', 'contains "/", which host names cannot have'],
  ] as const) {
    t.equal(hostFault(text), fault, text)
  }
})

t.test('a port is 1 to 65535 in plain decimal digits', async t => {
  for (const text of ['1', '80', '8448', '65535']) {
    t.equal(isPort(text), true, text)
  }
  for (const text of [
    '',
    '0',
    '65536',
    '99999',
    '080',
    '8e1',
    '0x50',
    ' 80',
    '80 ',
    '+80',
    '-80',
    '8.0',
    '80\n',
    '٨٠',
  ]) {
    t.equal(isPort(text), false, JSON.stringify(text))
  }
})

t.test('two spellings of an address are one', async t => {
  for (const [text, canonical] of [
    ['10.0.0.5', '10.0.0.5'],
    ['FD00:0:0::5', 'fd00::5'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::ffff:10.0.0.5', '::ffff:a00:5'],
    ['example.com', 'example.com'],
  ] as const) {
    t.equal(canonicalAddress(text), canonical)
  }
})

t.test('0.0.0.0 and :: are not names', async t => {
  t.same(['0.0.0.0', '::', '0::0', '10.0.0.0', '::1'].map(isUnspecified), [
    true,
    true,
    true,
    false,
    false,
  ])
})
