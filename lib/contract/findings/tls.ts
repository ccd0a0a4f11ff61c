import type { FindingRow } from './row.ts'

/** TLS, as it is served. */
export const tls = [
  {
    name: 'tls-none',
    meaning: 'a port does not answer by HTTPS: nobody can use it',
    remedy: 'let the proxy, or Synapse by NOSSL=no, do TLS on the port',
    after: ['service-down'],
  },
  {
    name: 'tls-expired',
    meaning:
      'a certificate has expired, or is not valid yet: clients and other ' +
      'servers refuse the connection',
    remedy: 'renew the certificate, and let the server load it',
  },
  {
    name: 'tls-name',
    meaning:
      'a certificate is for other names: clients and other servers refuse ' +
      'the connection',
    remedy: 'use a certificate that has the name',
  },
  {
    name: 'tls-chain',
    meaning:
      'a certificate is sent without the one that signed it, or with a ' +
      'wrong one: many clients and servers refuse the connection',
    remedy:
      'send the whole chain: append the certificates of the authority to ' +
      'the file (fullchain)',
    after: ['tls-expired'],
  },
  {
    name: 'tls-untrusted',
    meaning:
      'a certificate is self-signed, or from an authority that is not ' +
      'trusted: clients and other servers refuse the connection',
    remedy: 'use a certificate of an authority that everybody trusts',
  },
  {
    name: 'tls-stale',
    meaning:
      'Synapse serves another certificate than that of the file: a renewal ' +
      'has had no effect yet',
    remedy: 'run cook: Synapse reads the file again, without a restart',
  },
  {
    name: 'tls-key',
    meaning:
      'the key of a certificate is of a kind that browsers or servers do not ' +
      'accept',
    remedy: 'use a key on the curve P-256, or RSA of 2048 bits or more',
  },
  {
    name: 'tls-expiring',
    meaning:
      'a certificate expires soon, although it should have been renewed by ' +
      'now',
    remedy: 'find out why the renewal fails, and renew it',
    after: ['tls-expired'],
  },
] as const satisfies readonly FindingRow[]
