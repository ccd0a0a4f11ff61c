import type { FindingRow } from './row.ts'

/** What only the jail itself knows: its record, its data, its programs. */
export const upkeep = [
  {
    name: 'data-set-back',
    meaning:
      'the data may have been set back while Synapse ran: some encrypted ' +
      'messages will never be readable',
    remedy: 'run cook: it removes the one-time keys and restarts Synapse',
  },
  {
    name: 'certificate-unusable',
    meaning:
      'a certificate or key on the data set cannot be used: Synapse goes on ' +
      'with the one before it, until that expires',
    remedy: 'supply a certificate that fits its key, then run cook',
    after: ['clock-behind'],
  },
  {
    name: 'next-run-refused',
    meaning:
      'the next run of cook, as at the next start of the jail, will change ' +
      'nothing, because something is wrong',
    remedy: 'run cook plan: it lists all errors',
    after: ['clock-behind'],
  },
  {
    name: 'boot-failed',
    meaning: 'cook failed at the last start of the jail',
    remedy: 'run service cook start: it reports what is wrong, or succeeds',
    after: ['disk-space', 'disk-inodes', 'service-down', 'next-run-refused'],
  },
  {
    name: 'run-interrupted',
    meaning:
      'a run of cook was interrupted: the jail may be between two ' +
      'configurations',
    remedy: 'run cook: it finishes the work',
    after: ['disk-space', 'disk-inodes'],
  },
  {
    name: 'config-drift',
    meaning:
      'what cook wrote was changed by others, or would now be written ' +
      'otherwise: the next run of cook changes it',
    remedy: 'run cook plan to see the changes, and cook to apply them',
    after: ['run-interrupted', 'rc-conf'],
  },
  {
    name: 'process-outdated',
    meaning:
      'a service runs with files that have been replaced since its start, as ' +
      'by an upgrade: it does not use the new ones',
    remedy: 'run cook: it restarts the service',
    after: ['tls-stale', 'run-interrupted', 'config-drift'],
  },
  {
    name: 'synapse-insecure',
    meaning:
      'Synapse is older than its last security release: strangers may attack ' +
      'the server',
    remedy: 'upgrade the package of Synapse, then run cook',
  },
  {
    name: 'ldap-server',
    meaning:
      'an LDAP server cannot be reached or used: its users cannot log in, and ' +
      'others may have to wait',
    remedy: 'see LDAPSERVER, LDAPTLS and LDAPCA',
    after: ['clock-behind'],
  },
  {
    name: 'ldap-login',
    meaning: 'an LDAP server refuses Synapse: its users cannot log in',
    remedy: 'see LDAPBINDDN and LDAPPASSWORD',
  },
  {
    name: 'ldap-users',
    meaning:
      'Synapse does not find users in an LDAP server, or not all of them',
    remedy: 'see LDAPBASE, LDAPFILTER, LDAPUID, LDAPMAIL and LDAPNAME',
  },
  {
    name: 'mail-server',
    meaning:
      'the mail server cannot be reached or used: users get no mail, as for a ' +
      'new password',
    remedy: 'see SMTPHOST, SMTPPORT, SMTPTLS and SMTPCA',
    after: ['clock-behind'],
  },
  {
    name: 'mail-login',
    meaning: 'the mail server refuses the login: users get no mail',
    remedy: 'see SMTPUSER and SMTPPASS',
  },
  {
    name: 'mail-refused',
    meaning:
      'the mail server refuses the sender or the recipient of a mail: users ' +
      'get no mail',
    remedy: 'see SMTPFROM, and let the mail server accept mail from this jail',
  },
  {
    name: 'database-updates',
    meaning:
      'Synapse has not finished updates of its database for a day or more: an ' +
      'upgrade may have to wait for them, or fail',
    remedy: "see Synapse's log, and let it finish before the next upgrade",
  },
  {
    name: 'overlay-unread',
    meaning:
      'files in homeserver.d are not read, because their names do not end in ' +
      '.yaml: their settings have no effect',
    remedy: 'rename them, or move them away',
  },
  {
    name: 'overlay-replaces',
    meaning:
      'a local override takes the place of parameters, which have no effect',
    remedy: 'remove the key from the override, or the parameter',
  },
  {
    name: 'log-size',
    meaning: 'a log is so large that it is hardly rotated: it fills the disk',
    remedy: 'remove or rotate it; run cook plan if log.config was changed',
  },
] as const satisfies readonly FindingRow[]
