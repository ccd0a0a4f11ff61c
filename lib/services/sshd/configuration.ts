import { hostKeyTypes } from './host-key.ts'
import { hostKeyPath, paths } from '../../contract/paths.ts'
import { render } from '../../formats/template.ts'

/** The user whose log-in cook provides. */
export const controlUser = 'control'

export const hostKeyPaths = hostKeyTypes.map(hostKeyPath)

/** The line by which sshd reads cook's part of its configuration. */
export const includeLine = `Include ${paths.sshdOwn}`

/** cook's part of sshd's configuration. */
export const renderSshd = (): string =>
  render('cook.sshd_config', {
    hostKeys: hostKeyPaths,
    user: controlUser,
    // The home's own comes second: it is control's, and cook never looks in.
    authorizedKeys: [paths.authorizedKeys, '.ssh/authorized_keys'],
  })
