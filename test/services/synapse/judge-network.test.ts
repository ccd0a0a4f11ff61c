import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { hostAt } from '../../../lib/host/host.ts'
import {
  judgeNetwork,
  sharesStack,
} from '../../../lib/services/synapse/judge-network.ts'
import { newReport, renderFault } from '../../../lib/contract/report.ts'
import { machine } from '../../small/host-in.ts'

const probe = (address: string, tls = false, port = 8008) => ({
  address,
  port,
  tls,
})

const usual = [probe('10.192.0.5', true, 8448), probe('127.0.0.1')]

/** The warnings if sysctl(8) is this script. */
const said = async (
  t: Test,
  sysctl: string | undefined,
  probes: ReturnType<typeof probe>[],
  root = '/',
): Promise<string[]> => {
  const bin = t.testdir(sysctl === undefined ? {} : { sysctl })
  if (sysctl !== undefined) {
    chmodSync(join(bin, 'sysctl'), 0o755)
  }
  const report = newReport()
  const host = hostAt(root, { ...machine, path: bin })
  judgeNetwork(await sharesStack(host), probes, report)
  return report.faults.map(renderFault)
}

const answering = (...lines: string[]): string =>
  '#!/bin/sh\n' +
  '[ "$*" = "-n security.jail.jailed security.jail.vnet" ] || exit 9\n' +
  lines.map(line => `echo ${line}\n`).join('')

const shared = answering('1', '0')

const warning = (place: string, port = 8008): string =>
  `warning: ${place}: others may reach plain HTTP here, because this jail ` +
  `has no network stack of its own: block port ${port} on the host, or give ` +
  'the jail VNET'

t.test('a shared network stack exposes the listener of the jail', async t => {
  for (const [what, probes, places] of [
    ['with TLS', usual, [warning('127.0.0.1:8008')]],
    ['by its name', [probe('localhost')], [warning('localhost:8008')]],
    ['on ::1', [probe('::1', false, 80)], [warning('[::1]:80', 80)]],
    ['with TLS there too', [probe('127.0.0.1', true)], []],
    ['without TLS', [probe('10.192.0.5'), probe('fd00::5')], []],
  ] as const) {
    t.same(await said(t, shared, [...probes]), places, what)
  }
})

t.test("with the jail's own network stack there is no warning", async t => {
  for (const [what, sysctl] of [
    ['a jail with VNET', answering('1', '1')],
    ['a host, which is no jail', answering('0', '0')],
    ['a system that does not know', '#!/bin/sh\nexit 1\n'],
    ['a system without sysctl', undefined],
  ] as const) {
    t.same(await said(t, sysctl, usual), [], what)
  }
  t.same(await said(t, shared, usual, t.testdir({})), [], 'another root')
})
