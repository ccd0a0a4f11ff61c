import t from 'tap'
import {
  lengthFault,
  localpartFault,
  parseName,
  passwordFault,
  userId,
} from '../../lib/formats/user-id.ts'

const characters = (text: string) =>
  `contains ${text}: a name has only a-z, 0-9 and . _ = - / +`

t.test('a name has only the characters of the specification', async t => {
  for (const [text, fault] of [
    ['alice', undefined],
    ['a', undefined],
    ['abcdefghijklmnopqrstuvwxyz0123456789._=-/+', undefined],
    ['-', undefined],
    ['_bridge', undefined],
    ['1a', undefined],
    ['', 'is empty'],
    ['Alice', 'has upper-case letters: write "alice"'],
    ['ALICE', 'has upper-case letters: write "alice"'],
    ['@alice', 'begins with @: write only the name'],
    ['a b', characters('" "')],
    ['a:b', characters('":"')],
    ['a@b', characters('"@"')],
    ['größe', characters('"ö"')],
    // In lower case the Kelvin sign becomes an ASCII letter.
    ['\u212aate', characters('"\u212a"')],
    ['a🔑', characters('"🔑"')],
    ['a\n', characters('"\\n"')],
    ['a\x1b[m', characters('"\\u001b"')],
    ['123', 'is a number: Synapse reserves numbers for guests'],
    ['0', 'is a number: Synapse reserves numbers for guests'],
  ] as const) {
    t.equal(localpartFault(text), fault, text)
  }
})

t.test('a user id has at most 255 bytes', async t => {
  const server = 'example.com'
  const longest = 255 - userId('', server).length
  t.equal(lengthFault('a'.repeat(longest), server), undefined)
  const fault = 'makes the user id longer than 255 bytes'
  t.equal(lengthFault('a'.repeat(longest + 1), server), fault)
})

t.test('a name may be a user id of this server', async t => {
  for (const [text, server, parsed] of [
    ['alice', 'a.example', { localpart: 'alice' }],
    ['@alice:a.example', 'a.example', { localpart: 'alice' }],
    ['@alice', 'a.example', { localpart: 'alice' }],
    ['@-a:a.example:8448', 'a.example:8448', { localpart: '-a' }],
    ['@a:[::1]', '[::1]', { localpart: 'a' }],
    [
      '@alice:b.example',
      'a.example',
      { fault: 'is a user of another server: this one is a.example' },
    ],
    [
      '@alice:a.example:8448',
      'a.example',
      { fault: 'is a user of another server: this one is a.example' },
    ],
    [
      '@alice:',
      'a.example',
      { fault: 'is a user of another server: this one is a.example' },
    ],
    [
      '@Alice:a.example',
      'a.example',
      { fault: 'has upper-case letters: write "alice"' },
    ],
    ['@:a.example', 'a.example', { fault: 'is empty' }],
    ['@', 'a.example', { fault: 'is empty' }],
    ['', 'a.example', { fault: 'is empty' }],
    [
      '@@a:a.example',
      'a.example',
      { fault: 'begins with @: write only the name' },
    ],
    ['alice:a.example', 'a.example', { fault: characters('":"') }],
    [
      'a'.repeat(250),
      'a.example',
      { fault: 'makes the user id longer than 255 bytes' },
    ],
  ] as const) {
    t.strictSame(parseName(text, server), parsed, text)
  }
})

t.test('a password is text that Synapse accepts', async t => {
  for (const [text, fault] of [
    ['x', undefined],
    [' ', undefined],
    ['"quo\'te" \\ $x `id` 🔑', undefined],
    ['x'.repeat(512), undefined],
    ['🔑'.repeat(512), undefined],
    ['', 'is empty'],
    ['x'.repeat(513), 'is longer than 512 characters'],
    ['a\0b', 'contains a control character'],
    ['a\tb', 'contains a control character'],
    ['\x1b[A', 'contains a control character'],
  ] as const) {
    t.equal(passwordFault(text), fault, JSON.stringify(text).slice(0, 40))
  }
})
