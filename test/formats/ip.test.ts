import * as net from 'node:net'
import t from 'tap'
import { hostPort, isIP, isIPv4, isIPv6 } from '../../lib/formats/ip.ts'

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
