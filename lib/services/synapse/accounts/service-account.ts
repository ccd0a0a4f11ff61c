// The account that cook uses where Synapse requires an administrator. Nobody
// knows its password. cook writes its name to the data set before Synapse
// creates the account: so an account that a killed run left behind is found and
// deactivated.

import { randomBytes } from 'node:crypto'
import type { Host } from '../../../host/host.ts'
import type { LiveHomeserver, Registrar } from '../api/live-homeserver.ts'
import { lock } from '../../../host/lock.ts'
import { errcodeOf, registerBySharedSecret, request } from '../api/matrix.ts'
import { ownContent } from '../../../engine/data-set/text-or-fault.ts'
import { paths } from '../../../contract/paths.ts'
import { Secret } from '../../../contract/secret.ts'
import { newSecret } from '../signing-key.ts'
import type { FileStep } from '../../../engine/steps/step.ts'
import { mendNow } from '../../../engine/steps/file.ts'
import { userId } from '../../../formats/user-id.ts'

/** What the data set has about it. */
interface Kept {
  /** Its localpart. */
  user: string
  /** Its access token; undefined while it may not exist yet. */
  token: Secret | undefined
  /** The localparts of earlier accounts that may still be active. */
  former: readonly string[]
}

const newName = (): string => `cook-${randomBytes(6).toString('hex')}`

const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^cook-[0-9a-f]{12}$/.test(value)

/** Reads the file; anything that cook did not write is ignored. */
const read = (host: Host): Kept | undefined => {
  try {
    const text = ownContent(host, paths.serviceAccount)?.toString() ?? '{}'
    const { user, token, former } = JSON.parse(text) ?? {}
    const known = typeof token === 'string' ? new Secret(token) : undefined
    return isName(user) && Array.isArray(former) && former.every(isName)
      ? { user, token: known, former }
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined
    }
    throw error
  }
}

const keep = (host: Host, kept: Kept): Promise<void> => {
  const token = kept.token?.reveal()
  const text = JSON.stringify({ ...kept, token }, undefined, 2)
  const step: FileStep = {
    kind: 'file',
    path: paths.serviceAccount,
    content: new Secret(`${text}\n`),
    owner: 'root',
    group: 'wheel',
    mode: 0o600,
  }
  return mendNow(step, host)
}

/** Synapse's answers to a user who is not, or no longer, an administrator. */
const refusals: readonly (string | undefined)[] = [
  'M_UNKNOWN_TOKEN',
  'M_FORBIDDEN',
  'M_USER_DEACTIVATED',
  'M_USER_LOCKED',
]

/** The Synapse that has the account. */
interface Home {
  host: Host
  live: LiveHomeserver
  registrar: Registrar
}

const adminPath = ({ live }: Home, what: string, user: string): string => {
  const id = userId(user, live.serverName)
  return `/_synapse/admin/v1/${what}/${encodeURIComponent(id)}`
}

const isAdministrator = async (
  home: Home,
  user: string,
  token: Secret,
): Promise<boolean> => {
  const path = `${adminPath(home, 'users', user)}/admin`
  const { peer } = home.registrar
  try {
    const { admin } = await request(peer, 'GET', path, undefined, token)
    return admin === true
  } catch (error) {
    if (refusals.includes(errcodeOf(error))) {
      return false
    }
    throw error
  }
}

const deactivate = async (
  home: Home,
  user: string,
  token: Secret,
): Promise<void> => {
  const path = adminPath(home, 'deactivate', user)
  try {
    await request(home.registrar.peer, 'POST', path, { erase: true }, token)
  } catch (error) {
    // The database may be from a backup that is older than the account.
    if (errcodeOf(error) !== 'M_NOT_FOUND') {
      throw error
    }
  }
}

/** @returns the access token, or undefined if the name is taken */
const register = async (
  { registrar: { peer, secret } }: Home,
  user: string,
): Promise<Secret | undefined> => {
  try {
    const { token } = await registerBySharedSecret(peer, secret, {
      user,
      password: new Secret(newSecret()),
      admin: true,
      logIn: true,
      // It must not count as the first user, for whom Synapse may create rooms.
      isBot: true,
      displayName: 'cook, the program that maintains this server',
    })
    return token
  } catch (error) {
    if (errcodeOf(error) === 'M_USER_IN_USE') {
      return undefined
    }
    throw error
  }
}

/**
 * Creates the account. If a run was killed while it registered a name, Synapse
 * may still finish that. So the same name is registered again: then either that
 * succeeds, or the account exists and can be deactivated.
 */
const renew = async (
  home: Home,
  kept: Kept | undefined,
): Promise<Kept & { token: Secret }> => {
  const former = kept?.former ?? []
  const isDoubtful = kept !== undefined && kept.token === undefined
  const again = isDoubtful ? await register(home, kept.user) : undefined
  if (isDoubtful && again !== undefined) {
    return { ...kept, token: again }
  }
  const next: Kept = {
    user: newName(),
    token: undefined,
    former: kept === undefined ? former : [...former, kept.user],
  }
  await keep(home.host, next)
  const token = await register(home, next.user)
  return token === undefined ? renew(home, next) : { ...next, token }
}

/** The account, if it is still an administrator in Synapse. */
const usable = async (
  home: Home,
  kept: Kept | undefined,
): Promise<(Kept & { token: Secret }) | undefined> => {
  const token = kept?.token
  return kept && token && (await isAdministrator(home, kept.user, token))
    ? { ...kept, token }
    : undefined
}

/**
 * The access token of cook's own administrator account. The account is created
 * if there is none or if it can no longer be used.
 * @throws {Failure} exit 69 if Synapse does not answer or refuses, 75 if
 *   another cook is running
 */
export const administratorToken = async (
  host: Host,
  live: LiveHomeserver,
  registrar: Registrar,
): Promise<Secret> => {
  const home = { host, live, registrar }
  const present = await usable(home, read(host))
  if (present?.former.length === 0) {
    return present.token
  }
  const unlock = lock(host)
  try {
    // Another cook may have been here.
    const kept = read(host)
    const account = (await usable(home, kept)) ?? (await renew(home, kept))
    await keep(host, account)
    for (const each of account.former) {
      await deactivate(home, each, account.token)
    }
    await keep(host, { ...account, former: [] })
    return account.token
  } finally {
    unlock()
  }
}
