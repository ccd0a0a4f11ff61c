// Faults that are planted outside: each changes one thing of a healthy world.

import { makeSelfSigned, type Pair } from '../../jail/authority.ts'
import type { FindingName } from '../../../lib/contract/findings/findings.ts'
import type { Hierarchy } from './certificates.ts'
import { at, clientFile, proxied, serverFile, type World } from './world.ts'

/** A fault, and what doctor must say of it. */
export interface Fault {
  name: string
  plant: (world: World, by: Authorities) => Partial<World>
  /** The finding that is named first. */
  first: FindingName
  /** A part of its line. */
  says: RegExp
  /** Findings that may stand beside it, as what follows from it. */
  allows?: readonly FindingName[]
}

export interface Authorities {
  known: Hierarchy
  foreign: Hierarchy
}

const host = 'matrix.example.com'
const names = `DNS:${host}`

/** A certificate with the one that signed it. */
export const whole = (pair: Pair, by: Hierarchy): Pair => ({
  ...pair,
  certificate: pair.certificate + by.intermediate,
})

const sending = (world: World, proxy: Pair): Partial<World> => ({
  pairs: { ...world.pairs, proxy },
})

const zone = (world: World, more: World['zone']): Partial<World> => ({
  zone: { ...world.zone, ...more },
})

const spoofed = '$proxy_add_x_forwarded_for'

export const faults: readonly Fault[] = [
  {
    name: 'a chain with a foreign intermediate certificate',
    plant: (world, { known, foreign }) => {
      const { certificate, key } = known.leaf(names)
      const chain = certificate + foreign.intermediate
      return sending(world, { certificate: chain, key })
    },
    first: 'tls-chain',
    says: /without the certificate of "CN=Known intermediate"/,
  },
  {
    name: 'a certificate without its chain',
    plant: (world, { known }) => sending(world, known.leaf(names)),
    first: 'tls-chain',
    says: /matrix\.example\.com:443 sends its certificate alone/,
  },
  {
    name: 'a certificate that has expired',
    plant: (world, { known }) =>
      sending(
        world,
        whole(known.leaf(names, { life: { from: -9, to: -1 } }), known),
      ),
    first: 'tls-expired',
    says: /expired on/,
  },
  {
    name: 'a certificate that should have been renewed',
    plant: (world, { known }) =>
      sending(
        world,
        whole(known.leaf(names, { life: { from: -80, to: 10 } }), known),
      ),
    first: 'tls-expiring',
    says: /expires on/,
  },
  {
    name: 'a certificate for another name',
    plant: (world, { known }) =>
      sending(world, whole(known.leaf('DNS:www.example.com'), known)),
    first: 'tls-name',
    says: /not for matrix\.example\.com, but for DNS:www\.example\.com/,
  },
  {
    name: 'a self-signed certificate',
    plant: world => sending(world, makeSelfSigned(names)),
    first: 'tls-untrusted',
    says: /self-signed/,
  },
  {
    name: 'a key that browsers do not accept',
    plant: (world, { known }) => {
      const kind = ['-newkey', 'ed25519']
      return sending(world, whole(known.leaf(names, { kind }), known))
    },
    first: 'tls-key',
    says: /ed25519/,
  },
  {
    name: 'a proxy without TLS',
    plant: () => ({ tls: false }),
    first: 'tls-none',
    says: /matrix\.example\.com:443/,
  },
  {
    name: 'a record SRV that leads to another server',
    plant: world => ({
      web: clientFile(),
      ...zone(world, {
        '_matrix-fed._tcp.example.com': { SRV: ['8448 other.example.com'] },
      }),
    }),
    first: 'dns-srv',
    says: /the record SRV of example\.com leads to other\.example\.com:8448/,
    allows: ['tls-name'],
  },
  {
    name: 'an old record SRV for a port that is closed',
    plant: world => ({
      web: clientFile(),
      ...zone(world, {
        '_matrix._tcp.example.com': { SRV: ['8449 matrix.example.com'] },
      }),
    }),
    first: 'dns-srv',
    says: /leads to matrix\.example\.com:8449/,
  },
  {
    name: 'a host name without an address',
    plant: world => zone(world, { [host]: {} }),
    first: 'dns-address',
    says: /matrix\.example\.com has no address/,
    allows: ['well-known-server'],
  },
  {
    name: 'an IPv6 address that leads elsewhere',
    plant: world =>
      zone(world, { [host]: { A: [at.proxy], AAAA: [at.other6] } }),
    first: 'dns-elsewhere',
    says: /fd00::9/,
    allows: ['tls-name'],
  },
  {
    name: 'no name server that answers',
    plant: () => ({ zone: undefined }),
    first: 'dns-silent',
    says: /no name server answers/,
  },
  {
    name: 'a well-known file for clients without CORS',
    plant: () => ({
      web: serverFile(`${host}:443`) + clientFile(`https://${host}`, ''),
    }),
    first: 'well-known-cors',
    says: /lacks the header Access-Control-Allow-Origin/,
  },
  {
    name: 'a well-known file of the wrong type',
    plant: world => ({
      web: world.web.replace('application/json', 'text/plain'),
    }),
    first: 'well-known-type',
    says: /is sent as text\/plain/,
  },
  {
    name: 'HTML instead of a well-known file',
    plant: () => ({
      web: `${clientFile()}
        location / { default_type text/html; return 200 '<p>hello'; }`,
    }),
    first: 'well-known-json',
    says: /well-known\/matrix\/server is not JSON/,
    allows: ['port-closed'],
  },
  {
    name: 'a well-known file that is redirected to http',
    plant: () => ({
      web: `${clientFile()}
        location / { return 301 http://example.com$request_uri; }`,
    }),
    first: 'well-known-redirect',
    says: /redirected to http:\/\/example\.com/,
    allows: ['port-closed'],
  },
  {
    name: 'no well-known file for other servers',
    plant: () => ({ web: clientFile() }),
    first: 'well-known-missing',
    says: /matrix\/server does not exist/,
    allows: ['port-closed'],
  },
  {
    name: 'm.server without a port',
    plant: () => ({ ports: [443], web: serverFile(host) + clientFile() }),
    first: 'well-known-server',
    says: /no port.*"m\.server": "matrix\.example\.com:443"/,
  },
  {
    name: 'm.server that leads to another server',
    plant: () => ({ web: serverFile('other.example.com:443') + clientFile() }),
    first: 'well-known-server',
    says: /leads to other\.example\.com:443: the server other\.example\.com/,
    allows: ['tls-name'],
  },
  {
    name: 'a base_url that leads elsewhere',
    plant: () => ({
      web: serverFile(`${host}:443`) + clientFile('https://old.example.com'),
    }),
    first: 'well-known-client',
    says: /leads to https:\/\/old\.example\.com\//,
  },
  {
    name: 'port 8448 closed, although m.server names it',
    plant: () => ({
      ports: [443],
      web: serverFile(`${host}:8448`) + clientFile(),
    }),
    first: 'port-closed',
    says: /matrix\.example\.com:8448/,
  },
  {
    name: 'a proxy that leads to another server',
    plant: world => ({ proxy: world.other }),
    first: 'key-foreign',
    says: /the server other\.example\.com answers/,
  },
  {
    name: 'a proxy that does not pass the paths of federation',
    plant: () => ({
      proxy: proxied('location /_matrix/federation/ { return 404; }'),
    }),
    first: 'federation-path',
    says: /federation\/v1\/version answers 404/,
  },
  {
    name: 'a proxy that does not pass the paths of clients',
    plant: () => ({
      proxy: proxied('location /_matrix/client/ { return 404; }'),
    }),
    first: 'client-path',
    says: /_matrix\/client\/versions answers 404/,
  },
  {
    name: 'a proxy that decodes paths',
    plant: () => ({ proxy: proxied().replace(':8008;', ':8008/;') }),
    first: 'path-decoded',
    says: /decodes %2F/,
  },
  {
    name: 'a proxy with a lower limit than MAXUPLOAD',
    plant: () => ({ proxy: proxied().replace('50M', '49M') }),
    first: 'upload-limit',
    says: /413/,
  },
  {
    name: 'a proxy that removes CORS',
    plant: () => ({
      proxy: proxied('proxy_hide_header Access-Control-Allow-Origin;'),
    }),
    first: 'client-cors',
    says: /without Access-Control-Allow-Origin/,
  },
  {
    name: 'a proxy that believes the X-Forwarded-For of clients',
    plant: () => ({ proxy: proxied().replace('$remote_addr', spoofed) }),
    first: 'forwarded-for',
    says: /the proxy passes on the X-Forwarded-For/,
  },
  {
    name: 'port 8008 open to everybody',
    plant: () => ({
      beside: `server {
        listen ${at.proxy}:8008;
        location / { proxy_pass http://${at.synapse}:8008; }
      }`,
    }),
    first: 'forwarded-for',
    says: /port 8008 accepts connections at 10\.192\.0\.6/,
  },
]
