import type { FindingRow } from './row.ts'

/** The way from a name to this server: delegation, ports, a proxy. */
export const ways = [
  {
    name: 'well-known-unreachable',
    meaning:
      'the web server of DOMAIN does not answer: clients and other servers ' +
      'do not learn where this server is',
    remedy: 'let the web server of DOMAIN answer on port 443',
    after: ['dns-silent', 'dns-address'],
  },
  {
    name: 'well-known-redirect',
    meaning:
      'a well-known file is redirected to http, or in a circle: clients and ' +
      'other servers do not follow',
    remedy: 'answer the file directly, or redirect to https',
  },
  {
    name: 'well-known-json',
    meaning:
      'a well-known file is not JSON, or an error: clients and other servers ' +
      'do not learn where this server is',
    remedy:
      'answer it as the guide shows, before other rules of the web server',
  },
  {
    name: 'well-known-server',
    meaning:
      'm.server in /.well-known/matrix/server leads to a place where this ' +
      'server does not answer other servers',
    remedy: 'set m.server to the host and the port of the proxy',
  },
  {
    name: 'well-known-client',
    meaning:
      'base_url in /.well-known/matrix/client does not lead to this server: ' +
      'clients cannot log in by DOMAIN alone',
    remedy: 'set base_url to PUBLICURL',
  },
  {
    name: 'well-known-missing',
    meaning:
      'DOMAIN has no well-known file, although the server is not at DOMAIN ' +
      'itself: clients or other servers do not find it',
    remedy: 'answer the file as the guide shows',
  },
  {
    name: 'port-closed',
    meaning: 'a port that others use accepts no connection',
    remedy: 'let the proxy listen there, and the firewall let it through',
    after: [
      ...['dns-silent', 'dns-address', 'well-known-unreachable'],
      ...['well-known-redirect', 'well-known-json', 'well-known-missing'],
      'service-down',
    ],
  },
  {
    name: 'key-foreign',
    meaning:
      'the signing key of another server answers in place of that of this ' +
      'one: other servers reject what this server sends',
    remedy: 'let the proxy lead to this jail',
    after: [
      ...['well-known-unreachable', 'well-known-redirect', 'well-known-json'],
      'well-known-missing',
    ],
  },
  {
    name: 'federation-path',
    meaning:
      'requests of other servers do not arrive at Synapse: they cannot ' +
      'exchange messages with it',
    remedy: 'let the proxy pass all of /_matrix to Synapse',
    after: [
      ...['service-down', 'well-known-unreachable', 'well-known-redirect'],
      ...['well-known-json', 'well-known-missing'],
    ],
  },
  {
    name: 'client-path',
    meaning: 'requests of clients do not arrive at Synapse: nobody can log in',
    remedy: 'let the proxy pass /_matrix and /_synapse/client to Synapse',
    after: ['service-down'],
  },
  {
    name: 'path-decoded',
    meaning:
      'a proxy decodes paths (%2F): requests that name some rooms, users or ' +
      'events fail',
    remedy: 'let the proxy pass the path as it came, as the guide shows',
  },
  {
    name: 'upload-limit',
    meaning:
      'a proxy refuses files that MAXUPLOAD allows: users cannot send them',
    remedy: 'raise the limit of the proxy to MAXUPLOAD',
  },
  {
    name: 'well-known-cors',
    meaning:
      'the well-known file for clients lacks Access-Control-Allow-Origin: * ' +
      '(CORS), so clients in a browser cannot read it',
    remedy: 'add the header as the guide shows',
  },
  {
    name: 'client-cors',
    meaning:
      'answers to clients lack Access-Control-Allow-Origin (CORS): clients ' +
      'in a browser cannot use the server',
    remedy: 'let the proxy pass on the headers of Synapse',
  },
  {
    name: 'well-known-type',
    meaning:
      'a well-known file is not sent as application/json: some clients do ' +
      'not accept it',
    remedy: 'send the header Content-Type: application/json',
  },
] as const satisfies readonly FindingRow[]
