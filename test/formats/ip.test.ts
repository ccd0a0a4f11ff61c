import * as net from 'node:net'
import t from 'tap'
import {
  addressBytes,
  hostPort,
  isIP,
  isIPv4,
  isIPv6,
} from '../../lib/formats/ip.ts'

t.test('addresses are those that Node accepts', async t => {
  for (const text of [
    '10.0.0.1',
    '255.255.255.255',
    '0.0.0.0',
    '1.2.3',
    '256.0.0.1',
    '1.2.3.04',
    '::',
    '::1',
    '2001:db8::1',
    '2001:DB8::1',
    '::ffff:10.0.0.1',
    'fe80::1%em0',
    '[::1]',
    ':',
    '1::2::3',
    'example.com',
    'example.com:8448',
    '',
    'abcd',
  ]) {
    t.equal(isIP(text), net.isIP(text), text)
    t.equal(isIPv4(text), net.isIPv4(text), text)
    t.equal(isIPv6(text), net.isIPv6(text), text)
  }
})

t.test('a port follows a host, or an address in URL notation', async t => {
  for (const [host, text] of [
    ['example.com', 'example.com:389'],
    ['10.0.0.1', '10.0.0.1:389'],
    ['::1', '[::1]:389'],
  ] as const) {
    t.equal(hostPort(host, 389), text)
  }
})

t.test('an address has the same bytes in each spelling', async t => {
  const zeros = (count: number) => Array<number>(count).fill(0)
  for (const [text, bytes] of [
    ['10.192.0.5', [10, 192, 0, 5]],
    ['::ffff:10.192.0.5', [10, 192, 0, 5]],
    ['0:0:0:0:0:FFFF:ac0:5', [10, 192, 0, 5]],
    ['::', zeros(16)],
    ['::1', [...zeros(15), 1]],
    ['::1.2.3.4', [...zeros(12), 1, 2, 3, 4]],
    ['fd00::5', [0xfd, ...zeros(14), 5]],
    ['FD00::', [0xfd, ...zeros(15)]],
    ['fe80::1%em0', [0xfe, 0x80, ...zeros(13), 1]],
    ['1:2:3:4:5:6:7:8', [1, 2, 3, 4, 5, 6, 7, 8].flatMap(n => [0, n])],
    ['1:2:3::6:7:8', [1, 2, 3, 0, 0, 6, 7, 8].flatMap(n => [0, n])],
  ] as const) {
    t.strictSame(addressBytes(text), bytes, text)
  }
})
