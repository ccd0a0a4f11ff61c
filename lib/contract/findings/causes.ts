import type { FindingRow } from './row.ts'

/** What stops services: a service that is down may follow from each of these. */
export const causes = [
  {
    name: 'disk-space',
    meaning:
      'a file system is full, almost full or read-only: messages and files ' +
      'cannot be stored',
    remedy: 'remove files, or give it more space',
  },
  {
    name: 'disk-inodes',
    meaning:
      'a file system has no inodes left, or almost none: no file can be ' +
      'created there',
    remedy: 'remove files, or create the file system anew with more inodes',
  },
  {
    name: 'clock-behind',
    meaning:
      'the clock is set to a time before the signing key was created: ' +
      'certificates and messages are judged by a wrong time',
    remedy: 'let the host keep the time (ntpd), then restart Synapse',
  },
  {
    name: 'python-missing',
    meaning:
      'the Python that the rc script of Synapse names is not there: Synapse ' +
      'cannot start again',
    remedy: 'install the packages of Synapse and of its Python again',
  },
  {
    name: 'packages-missing',
    meaning:
      'a package that Synapse needs is missing, or has a wrong version: ' +
      'Synapse cannot start again',
    remedy: 'install the package',
  },
  {
    name: 'database-damaged',
    meaning: 'the database is damaged: messages of users may be lost',
    remedy: 'stop Synapse and restore the database from a backup',
  },
  {
    name: 'rc-conf',
    meaning:
      'a variable of rc.conf says something else than cook: rc(8) starts ' +
      'Synapse with other files, as another user, or not at all',
    remedy: 'remove the variable',
  },
  {
    name: 'pid-file',
    meaning:
      'the pid file does not name the process of the service: rc(8) cannot ' +
      'stop it',
    remedy: 'run cook: it restarts the service',
  },
] as const satisfies readonly FindingRow[]

/** The findings that may stop a service. */
export const stopping = causes
  .map(({ name }) => name)
  .filter(name => name !== 'clock-behind')
