import t from 'tap'
import { elementsIn, oidOf } from '../../lib/formats/der.ts'

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
