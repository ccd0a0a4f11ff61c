import t from 'tap'
import { elementsIn, isDer, oidOf } from '../../lib/formats/der.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

t.test('elements are read one after the other', async t => {
  t.same(elementsIn(hex('0500 0401ff')), [
    { tag: 5, content: hex('') },
    { tag: 4, content: hex('ff') },
  ])
  t.same(elementsIn(hex('')), [])
  const long = elementsIn(hex(`048180 ${'00'.repeat(128)}`))
  t.equal(long?.[0]?.content.length, 128)
  t.equal(elementsIn(hex('0482000100'))?.[0]?.content.length, 1)
})

t.test('what is not DER is not read', async t => {
  for (const [what, bytes] of [
    ['an indefinite length', '3080 0000'],
    ['content that is cut off', '0403ffff'],
    ['a length that is cut off', '0482ff'],
    ['no length', '04'],
    ['a length of five bytes', '04850000000001ff'],
    ['a tag of two bytes', '1f8101 00'],
    ['garbage behind', '0500 04'],
  ] as const) {
    t.equal(elementsIn(hex(bytes)), undefined, what)
  }
})

t.test('an object identifier has its usual notation', async t => {
  for (const [bytes, oid] of [
    ['551d25', '2.5.29.37'],
    ['2a864886f70d01010b', '1.2.840.113549.1.1.11'],
    ['2b06010505070301', '1.3.6.1.5.5.7.3.1'],
    ['6086480186f8420101', '2.16.840.1.113730.1.1'],
    ['883703', '2.999.3'],
    ['', '0.0'],
  ] as const) {
    t.equal(oidOf(hex(bytes)), oid)
  }
})

t.test('DER is checked in all its depth', async t => {
  for (const [what, bytes, result] of [
    ['a sequence', '3006 020101 0101ff', true],
    ['a context', 'a003 020101', true],
    ['a primitive context', '8001 00', true],
    ['nothing', '', true],
    ['a negative number', '0201ff', true],
    ['a number with a zero too much', '02020001', false],
    ['no number', '0200', false],
    ['a boolean of two bytes', '01020000', false],
    ['bits without their count', '0300', false],
    ['bits with nine unused', '03020900', false],
    ['no bits', '030100', true],
    ['null with content', '050100', false],
    ['an identifier that is cut off', '06022a86', false],
    ['an identifier with a zero too much', '06032a8001', false],
    ['an identifier', '06062a864886f70d', true],
    ['text of an odd length', '1e0141', false],
    ['a text in pieces', '2403 040100', false],
    ['a primitive sequence', '1000', false],
    ['a private tag', 'ec0141', false],
    ['a fault within', '3005 3003 050100', false],
  ] as const) {
    t.equal(isDer(hex(bytes)), result, what)
  }
  const around = (inner: Buffer): Buffer =>
    Buffer.concat([
      hex('3084'),
      Buffer.from(inner.length.toString(16).padStart(8, '0'), 'hex'),
      inner,
    ])
  const nested = (levels: number): Buffer =>
    Array.from({ length: levels }).reduce<Buffer>(around, hex(''))
  t.equal(isDer(nested(20)), true)
  t.equal(isDer(nested(5000)), false, 'a well of sequences')
})
