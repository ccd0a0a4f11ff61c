// What stands at the places of the contract, for the documents. A test holds
// it to what a plan makes.

import {
  certificateKeyPath,
  certificatePath,
  hostKeyPath,
  paths,
  secretNames,
  secretPath,
  signingKeyPath,
} from '../contract/paths.ts'
import { hostKeyTypes } from './sshd/host-key.ts'

/** One place, or several that are alike. */
export interface Place {
  paths: readonly string[]
  what: string
  /** Owner, group and mode, where cook makes it: `root:wheel 0640`. */
  access?: string
}

export interface PlaceGroup {
  title: string
  places: readonly Place[]
}

const place = (
  path: string | readonly string[],
  access: string | undefined,
  what: string,
): Place => ({
  paths: typeof path === 'string' ? [path] : path,
  what,
  ...(access === undefined ? {} : { access }),
})

const data: readonly Place[] = [
  place(paths.data, 'root:wheel 0755', 'all data of the homeserver'),
  place(paths.databaseDir, 'synapse:synapse 0750', 'folder of the database'),
  place(paths.database, undefined, 'the database (SQLite); Synapse makes it'),
  place(paths.mediaDir, 'synapse:synapse 0750', 'files that users have sent'),
  place(paths.keysDir, 'root:synapse 0750', 'folder of keys and secrets'),
  place(
    signingKeyPath('DOMAIN'),
    'root:synapse 0640',
    "the signing key: the server's identity",
  ),
  place(
    secretNames.map(secretPath),
    'root:synapse 0640',
    'generated secrets; no file registration with MYSHAREDSECRET',
  ),
  place(paths.tlsDir, 'root:synapse 0750', 'folder of the certificate'),
  place(
    certificatePath('DOMAIN'),
    'root:synapse 0644',
    'the certificate with its chain; yours, or made by cook',
  ),
  place(
    certificateKeyPath('DOMAIN'),
    'root:synapse 0640',
    'the key of the certificate',
  ),
  place(paths.overlayDir, 'root:wheel 0750', 'local overrides, in *.yaml'),
  place(paths.recordDir, 'root:wheel 0700', 'what cook remembers'),
  place(
    paths.recordedParams,
    'root:wheel 0600',
    'the parameters of the last run, secrets included',
  ),
  place(
    `${paths.recordDir}/homeserver-*.yaml`,
    'root:wheel 0600',
    'a homeserver.yaml that was not written by cook and was replaced',
  ),
  place(
    paths.serviceAccount,
    'root:wheel 0600',
    'the account behind cook token, with its access token',
  ),
  place(
    paths.adminUser,
    'root:wheel 0600',
    'says that the account of ADMINUSER was made',
  ),
  place(
    paths.adminPassword,
    'root:wheel 0600',
    'the generated password of ADMINUSER; you may remove this file',
  ),
  place(
    paths.controlHome,
    'control:control 0750',
    'home of the control user; cook reads and writes nothing in it',
  ),
  place(paths.sshKeysDir, 'root:wheel 0755', 'folder of what sshd needs'),
  place(
    paths.authorizedKeys,
    'root:wheel 0644',
    `public keys of the control user, from ${paths.importAuthKey}`,
  ),
  place(hostKeyTypes.map(hostKeyPath), 'root:wheel 0600', 'host keys of sshd'),
]

const jail: readonly Place[] = [
  place(paths.synapseDir, 'root:wheel 0755', "folder of Synapse's settings"),
  place(paths.homeserver, 'root:synapse 0640', "Synapse's configuration"),
  place(paths.logConfig, 'root:wheel 0644', 'how Synapse logs'),
  place(
    paths.federationCaDir,
    'root:wheel 0755',
    'FEDERATIONCA: folder of copies, one certificate a file',
  ),
  place(
    `${paths.federationCaDir}/*.pem`,
    'root:wheel 0644',
    'FEDERATIONCA: the certificates that Synapse trusts in other servers',
  ),
  place(paths.ldapCa, 'root:wheel 0644', 'LDAPCA: a copy that Synapse reads'),
  place(paths.sshdOwn, 'root:wheel 0644', "CONTROLUSER: sshd's settings"),
  place(
    paths.sshdConfig,
    undefined,
    'CONTROLUSER: one line at the top, which includes the file above',
  ),
  place(
    paths.rcConf,
    undefined,
    'synapse_enable; sshd_enable with CONTROLUSER; cook_enable and ' +
      'clear_tmp_enable in an image',
  ),
  place(
    paths.seasoned,
    'root:wheel 0644',
    'tells other programs that cook has run here; cook does not read it',
  ),
]

const image: readonly Place[] = [
  place(paths.cook, undefined, 'cook'),
  place(
    [paths.cookScript, paths.healthScript],
    'root:wheel 0555',
    'rc services, from cook image',
  ),
  place(
    paths.cookCrontab,
    'root:wheel 0644',
    'the weekly run, from cook image',
  ),
  place(
    paths.cookRotation,
    'root:wheel 0644',
    "rotation of cook's log: five files of 1 MB, from cook image",
  ),
]

const records: readonly Place[] = [
  place(paths.cookLog, 'root:wheel 0640', "cook's log"),
  place(paths.stateDir, 'root:wheel 0750', 'folder of the record'),
  place(
    paths.record,
    'root:wheel 0640',
    'the record of the last run: version, DOMAIN, and of each service where ' +
      'it answers and what cook has made for it in this jail',
  ),
  place(
    paths.intent,
    'root:wheel 0640',
    'what a run is about to make; it goes when the run is done',
  ),
  place(
    paths.synapseLog,
    undefined,
    "Synapse's log: five files of 50 MB; Synapse makes them",
  ),
  place(paths.pidFile, undefined, "Synapse's process; Synapse makes it"),
  place(paths.authLog, undefined, "sshd's log; syslogd makes it"),
  place(
    paths.lock,
    undefined,
    'there while a cook works, so that no second one does',
  ),
  place(
    paths.bootFailed,
    undefined,
    'there if cook failed at the last start of the jail',
  ),
]

const given: readonly Place[] = [
  place(
    paths.potEnvironment,
    undefined,
    'the parameters of pot set-env; cook sets mode 0600',
  ),
  place(
    paths.potScript,
    undefined,
    'the same in a jail under Nomad; cook sets mode 0700',
  ),
  place(paths.importAuthKey, undefined, 'CONTROLUSER: public keys to import'),
  place(
    paths.synapseScript,
    undefined,
    "the Synapse package's rc script, which names the Python to use",
  ),
  place(
    [paths.oldTlsDir, paths.crontab, paths.nginxConfig],
    undefined,
    'read when a potluck jail is taken over; not changed',
  ),
]

/** Every place that an administrator may meet. */
export const placeGroups: readonly PlaceGroup[] = [
  { title: 'On the data set', places: data },
  { title: 'In the jail, made by each run that needs it', places: jail },
  { title: 'In the jail, from the image', places: image },
  { title: 'Logs and records', places: records },
  { title: 'Read by cook, written by others', places: given },
]
