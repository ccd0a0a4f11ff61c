import type { Host } from '../host.ts'
import { findRegistrar, readLive } from '../live-homeserver.ts'
import {
  errcodeOf,
  isRefused,
  registerBySharedSecret,
  request,
  textIn,
} from '../matrix.ts'
import { Secret } from '../secret.ts'
import type { AccountStep, FileStep, Probe } from '../step.ts'
import { mendNow } from './file.ts'

/**
 * What is wrong, or nothing. That the account was made is remembered beside
 * the data and not asked of the service: it is its owner's from then on, with
 * another password or none.
 */
export const drift = (step: AccountStep, host: Host): string | undefined =>
  host.look(step.remembered) === undefined ? 'was never made' : undefined

/** `taken`: somebody else's account has the name. */
export type Outcome = 'made' | 'taken'

/** Whether the step's password opens the account, and it is administrator's. */
const isOurs = async (
  { name, user, password }: AccountStep,
  probe: Probe,
): Promise<boolean> => {
  let token: Secret | undefined
  try {
    const answer = await request(probe, 'POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password: password.reveal(),
      initial_device_display_name: 'cook',
    })
    token = new Secret(textIn(probe, answer, 'access_token'))
    const path = `/_synapse/admin/v1/users/${encodeURIComponent(name)}/admin`
    const { admin } = await request(probe, 'GET', path, undefined, token)
    return admin === true
  } catch (error) {
    // Where nobody can log in by password it opens nothing, either.
    if (isRefused(error)) {
      return false
    }
    throw error
  } finally {
    if (token !== undefined) {
      await request(probe, 'POST', '/_matrix/client/v3/logout', {}, token)
    }
  }
}

const remember = (step: AccountStep, host: Host): Promise<void> => {
  const file: FileStep = {
    kind: 'file',
    path: step.remembered,
    content: `${step.name}\n`,
    owner: 'root',
    group: 'wheel',
    mode: 0o600,
  }
  return mendNow(file, host)
}

/**
 * Makes the account, then remembers it. A run that was killed between the two
 * finds the name taken, by an account that has this step's password.
 * @throws {Failure} exit 69 when the service refuses or does not answer
 */
export const mend = async (step: AccountStep, host: Host): Promise<Outcome> => {
  const { probe, secret } = await findRegistrar(host, await readLive(host))
  const { user, password } = step
  let outcome: Outcome = 'made'
  try {
    await registerBySharedSecret(probe, secret, { user, password, admin: true })
  } catch (error) {
    if (errcodeOf(error) !== 'M_USER_IN_USE') {
      throw error
    }
    outcome = (await isOurs(step, probe)) ? 'made' : 'taken'
  }
  await remember(step, host)
  return outcome
}
