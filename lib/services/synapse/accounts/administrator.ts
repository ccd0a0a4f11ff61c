import type { Host } from '../../../host/host.ts'
import { findRegistrar, readLive } from '../api/live-homeserver.ts'
import {
  errcodeOf,
  isRefused,
  registerBySharedSecret,
  request,
  textIn,
} from '../api/matrix.ts'
import { withCause } from '../api/why-broken.ts'
import { Secret } from '../../../contract/secret.ts'
import type { Peer } from '../../../net/peer.ts'
import type { AccountStep, FileStep } from '../../../engine/steps/step.ts'
import { mendNow } from '../../../engine/steps/file.ts'

/** An administrator of Synapse, created once. */
export interface Administrator {
  /** Its whole user id. */
  name: string
  /** Its localpart. */
  user: string
  password: Secret
  /** The file that exists if the account was created, under any name. */
  remembered: string
  /** The file with its password, if there is one. */
  passwordFile: string | undefined
  /** Whether only LDAP's passwords count, so that its own is of no use. */
  byLdap: boolean
}

/**
 * Whether its password fits the account, and the account is an administrator's.
 */
const isOurs = async (
  { name, user, password }: Administrator,
  peer: Peer,
): Promise<boolean> => {
  let token: Secret | undefined
  try {
    const answer = await request(peer, 'POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password: password.reveal(),
      initial_device_display_name: 'cook',
    })
    token = new Secret(textIn(peer, answer, 'access_token'))
    const path = `/_synapse/admin/v1/users/${encodeURIComponent(name)}/admin`
    const { admin } = await request(peer, 'GET', path, undefined, token)
    return admin === true
  } catch (error) {
    // If nobody can log in with a password, this password does not fit either.
    if (isRefused(error)) {
      return false
    }
    throw error
  } finally {
    if (token !== undefined) {
      await request(peer, 'POST', '/_matrix/client/v3/logout', {}, token)
    }
  }
}

const remember = (
  { remembered, name }: Administrator,
  host: Host,
): Promise<void> => {
  const file: FileStep = {
    kind: 'file',
    path: remembered,
    content: `${name}\n`,
    owner: 'root',
    group: 'wheel',
    mode: 0o600,
  }
  return mendNow(file, host)
}

const whichPassword = ({ byLdap, passwordFile }: Administrator): string =>
  byLdap
    ? 'that of LDAP'
    : passwordFile
      ? `in ${passwordFile}`
      : 'that of ADMINPASS'

const taken = ({ name, byLdap }: Administrator): string =>
  byLdap
    ? `the account ${name} exists already and was not changed: with ` +
      'LDAPONLY=yes cook cannot find out whether it is an administrator'
    : `the name ${name} is taken by another account, which was not changed, ` +
      'so cook created no administrator: run cook user --admin NAME'

const wordsFor = (account: Administrator, isMade: boolean): string =>
  isMade
    ? `created the administrator ${account.name}; ` +
      `its password is ${whichPassword(account)}`
    : taken(account)

/**
 * Creates the account, then the file that says so. If a run was killed between
 * the two, the next one finds the name taken, by an account with this password.
 * @throws {Failure} exit 69 if Synapse refuses or does not answer
 */
const make = async (
  account: Administrator,
  host: Host,
): ReturnType<AccountStep['make']> => {
  const { peer, secret } = await findRegistrar(host, await readLive(host))
  const { user, password } = account
  let isMade = true
  try {
    await registerBySharedSecret(peer, secret, { user, password, admin: true })
  } catch (error) {
    if (errcodeOf(error) !== 'M_USER_IN_USE') {
      throw error
    }
    isMade = !account.byLdap && (await isOurs(account, peer))
  }
  await remember(account, host)
  return { isMade, message: wordsFor(account, isMade) }
}

/** The step that creates it. */
export const accountStep = (account: Administrator): AccountStep => ({
  kind: 'account',
  name: account.name,
  remembered: account.remembered,
  make: host => withCause(host, make(account, host)),
})
