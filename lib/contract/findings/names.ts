import type { FindingRow } from './row.ts'

/** Names in the DNS, and where they lead. */
export const names = [
  {
    name: 'dns-silent',
    meaning:
      'no name server answers this jail: Synapse finds no other server, and ' +
      'cook doctor cannot see where names lead',
    remedy: 'name a server that answers in /etc/resolv.conf',
  },
  {
    name: 'dns-address',
    meaning: 'a host name has no address in the DNS: nobody can connect to it',
    remedy: 'add a record A or AAAA for the name',
  },
  {
    name: 'dns-srv',
    meaning:
      'a record SRV leads other servers to a place where this server does ' +
      'not answer',
    remedy: 'correct the record SRV, or remove it',
    after: ['dns-silent'],
  },
  {
    name: 'dns-elsewhere',
    meaning:
      'one of several addresses of a host name leads to another server: some ' +
      'people and servers do not reach this one',
    remedy: 'remove the record of that address, or correct it',
    after: ['dns-silent'],
  },
] as const satisfies readonly FindingRow[]
