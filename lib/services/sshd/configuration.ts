import { hostKeyTypes } from './host-key.ts'
import { hostKeyPath, paths } from '../../contract/paths.ts'
import { render } from '../../formats/template.ts'

/** The user for whom cook provides a login. */
export const controlUser = 'control'

export const hostKeyPaths = hostKeyTypes.map(hostKeyPath)

/** The line with which sshd includes cook's part of its configuration. */
export const includeLine = `Include ${paths.sshdOwn}`

/** cook's part of sshd's configuration. */
export const renderSshd = (): string =>
  render('cook.sshd_config', {
    hostKeys: hostKeyPaths,
    user: controlUser,
    // The user's own file comes second: cook never reads it.
    authorizedKeys: [paths.authorizedKeys, '.ssh/authorized_keys'],
  })
