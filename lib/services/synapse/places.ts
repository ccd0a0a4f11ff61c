import {
  certificateKeyPath,
  certificatePath,
  paths,
  secretNames,
  secretPath,
  signingKeyPath,
} from '../../contract/paths.ts'
import { place, type Place } from '../../contract/place.ts'

/** The paths of the homeserver, for the documents. */
export const places: readonly Place[] = [
  place(
    'data',
    paths.databaseDir,
    'synapse:synapse 0750',
    'directory of the database',
  ),
  place(
    'data',
    paths.database,
    undefined,
    'the database (SQLite); Synapse creates it',
  ),
  place(
    'data',
    paths.mediaDir,
    'synapse:synapse 0750',
    'files that users have sent',
  ),
  place(
    'data',
    paths.keysDir,
    'root:synapse 0750',
    'directory of keys and secrets',
  ),
  place(
    'data',
    signingKeyPath('DOMAIN'),
    'root:synapse 0640',
    'the signing key, by which other servers know this one',
  ),
  place(
    'data',
    secretNames.map(secretPath),
    'root:synapse 0640',
    'generated secrets; no file registration with MYSHAREDSECRET',
  ),
  place(
    'data',
    paths.tlsDir,
    'root:synapse 0750',
    'directory of the certificate',
  ),
  place(
    'data',
    certificatePath('DOMAIN'),
    'root:synapse 0644',
    'the certificate with its chain; yours, or created by cook',
  ),
  place(
    'data',
    certificateKeyPath('DOMAIN'),
    'root:synapse 0640',
    'the key of the certificate',
  ),
  place(
    'data',
    paths.overlayDir,
    'root:wheel 0750',
    'local overrides, in *.yaml',
  ),
  place(
    'data',
    `${paths.recordDir}/homeserver-*.yaml`,
    'root:wheel 0600',
    'a homeserver.yaml that was not written by cook and was replaced',
  ),
  place(
    'data',
    paths.serviceAccount,
    'root:wheel 0600',
    'the account behind cook token, with its access token',
  ),
  place(
    'data',
    paths.adminUser,
    'root:wheel 0600',
    'says that the account of ADMINUSER was created',
  ),
  place(
    'data',
    paths.adminPassword,
    'root:wheel 0600',
    'the generated password of ADMINUSER; you may remove this file',
  ),
  place(
    'jail',
    paths.synapseDir,
    'root:wheel 0755',
    "directory of Synapse's configuration",
  ),
  place(
    'jail',
    paths.homeserver,
    'root:synapse 0640',
    "Synapse's configuration",
  ),
  place('jail', paths.logConfig, 'root:wheel 0644', 'how Synapse logs'),
  place(
    'jail',
    paths.federationCaDir,
    'root:wheel 0755',
    'FEDERATIONCA: directory of copies, one certificate a file',
  ),
  place(
    'jail',
    `${paths.federationCaDir}/*.pem`,
    'root:wheel 0644',
    'FEDERATIONCA: the certificates that Synapse trusts in other servers',
  ),
  place(
    'jail',
    paths.ldapCa,
    'root:wheel 0644',
    'LDAPCA: a copy that Synapse reads',
  ),
  place(
    'records',
    paths.synapseLog,
    undefined,
    "Synapse's log: five files of 50 MB; Synapse creates them",
  ),
  place(
    'records',
    paths.pidFile,
    undefined,
    "Synapse's pid; Synapse creates it",
  ),
  place(
    'given',
    paths.synapseScript,
    undefined,
    "the Synapse package's rc script, which names the Python to use",
  ),
]
