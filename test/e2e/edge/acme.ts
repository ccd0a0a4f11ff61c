// An authority in the jail: Pebble, with a DNS of its own that leads every name
// to the jail.

import { writeFileSync } from 'node:fs'
import { makeAuthority } from '../../jail/authority.ts'
import type { Jail } from '../../jail/jail.ts'
import type { Life } from '../../jail/life.ts'
import { until } from '../../support/until.ts'
import { address } from '../setting.ts'

const directory = 'https://127.0.0.1:14000/dir'

export interface Acme {
  /** The parameters by which cook uses it. */
  parameters: Record<string, string>
  /** The root of the certificates that it issues, in PEM. */
  root: () => Promise<string>
  /** How many certificates it has issued. */
  issued: () => number
  end: () => void
}

interface Wanted {
  /** Accounts that it knows: key ids and keys. */
  accounts?: Record<string, string>
  /** Names that it refuses. */
  blocked?: readonly string[]
}

/** Prepares the files; `start` starts it. */
export const acmeIn = (
  t: Life,
  jail: Jail,
  { accounts, blocked = [] }: Wanted = {},
) => {
  const own = makeAuthority('Pebble')
  const { certificate, key } = own.sign('DNS:localhost,IP:127.0.0.1')
  const at = (name: string) => `/root/${name}`
  const write = (name: string, text: string) =>
    writeFileSync(jail.path(at(name)), text)
  write('pebble.crt', certificate)
  write('pebble.key', key)
  write('acme-ca.pem', own.certificate)
  const pebble = {
    listenAddress: '127.0.0.1:14000',
    managementListenAddress: '127.0.0.1:15000',
    certificate: at('pebble.crt'),
    privateKey: at('pebble.key'),
    httpPort: 80,
    tlsPort: 443,
    externalAccountBindingRequired: accounts !== undefined,
    externalAccountMACKeys: accounts ?? {},
    domainBlocklist: blocked,
  }
  write('pebble.json', JSON.stringify({ pebble }))

  const start = async (): Promise<Acme> => {
    const env = {
      PATH: '/usr/bin:/bin',
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_WFE_NONCEREJECT: '0',
    }
    const dns = jail.spawn(
      [
        ...['pebble-challtestsrv', '-http01', '', '-https01', ''],
        ...['-tlsalpn01', '', '-dns01', '127.0.0.1:8053'],
        ...['-management', '127.0.0.1:8055', '-defaultIPv6', ''],
        ...['-defaultIPv4', address],
      ],
      { env },
    )
    const authority = jail.spawn(
      [
        ...['pebble', '-config', at('pebble.json')],
        ...['-dnsserver', '127.0.0.1:8053'],
      ],
      { env },
    )
    let said = ''
    for (const output of [authority.stdout, authority.stderr]) {
      output?.on('data', data => (said += String(data)))
    }
    let names = ''
    for (const output of [dns.stdout, dns.stderr]) {
      output?.on('data', data => (names += String(data)))
    }
    const end = (): void => {
      authority.kill('SIGTERM')
      dns.kill('SIGTERM')
    }
    t.teardown(end)
    await until(() => said.includes('ACME directory available'))
    await until(() => names.includes('Starting challenge servers'))
    await until(() =>
      jail.fetch('http://127.0.0.1:8055/').then(
        () => true,
        () => false,
      ),
    )
    return {
      parameters: {
        ...{ EDGE: 'yes', ACME: 'yes', ACMEDIRECTORY: directory },
        ACMECA: at('acme-ca.pem'),
      },
      root: async () => {
        const url = 'https://127.0.0.1:15000/roots/0'
        return (await jail.fetch(url, { insecure: true })).text
      },
      issued: () => said.match(/Issued certificate serial/g)?.length ?? 0,
      end,
    }
  }
  return { start }
}
