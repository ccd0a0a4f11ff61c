import { hostKeyTypes } from './ssh-host-key.ts'
import { hostKeyPath, paths } from './paths.ts'
import { render } from './template.ts'

/** The user whose log-in cook provides. */
export const controlUser = 'control'

export const hostKeyPaths = hostKeyTypes.map(hostKeyPath)

/** The line by which sshd reads cook's part of its configuration. */
export const includeLine = `Include ${paths.sshdOwn}`

/**
 * cook's part of sshd's configuration. As long as it is there, it also keeps
 * in mind who enabled sshd.
 * @param ours whether that was cook
 */
export const renderSshd = (ours: boolean): string =>
  render('cook.sshd_config', {
    ours,
    hostKeys: hostKeyPaths,
    user: controlUser,
    // The home's own comes second: it is control's, and cook never looks in.
    authorizedKeys: [paths.authorizedKeys, '.ssh/authorized_keys'],
  })

/** Whether cook's part says that cook enabled sshd. */
export const enabledByCook = (text: string): boolean =>
  /^# sshd_enable was set by cook: yes$/m.test(text)
