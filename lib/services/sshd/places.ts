import { hostKeyPath, paths } from '../../contract/paths.ts'
import { place, type Place } from '../../contract/place.ts'
import { hostKeyTypes } from './host-key.ts'

/** The paths of the control user and its sshd, for the documents. */
export const places: readonly Place[] = [
  place(
    'data',
    paths.controlHome,
    'control:control 0750',
    'home of the control user; cook reads and writes nothing in it',
  ),
  place(
    'data',
    paths.sshKeysDir,
    'root:wheel 0755',
    'directory of the files that sshd needs',
  ),
  place(
    'data',
    paths.authorizedKeys,
    'root:wheel 0644',
    `public keys of the control user, from ${paths.importAuthKey}`,
  ),
  place(
    'data',
    hostKeyTypes.map(hostKeyPath),
    'root:wheel 0600',
    'host keys of sshd',
  ),
  place(
    'jail',
    paths.sshdOwn,
    'root:wheel 0644',
    "CONTROLUSER: cook's part of sshd's configuration",
  ),
  place(
    'jail',
    paths.sshdConfig,
    undefined,
    'CONTROLUSER: one line at the top, which includes the file above',
  ),
  place('records', paths.authLog, undefined, "sshd's log; syslogd creates it"),
  place(
    'given',
    paths.importAuthKey,
    undefined,
    'CONTROLUSER: public keys to import',
  ),
]
