import { exit, Failure } from '../../../contract/failure.ts'
import { show } from '../../../contract/report.ts'
import type { Secret } from '../../../contract/secret.ts'
import type { Peer } from '../../../net/peer.ts'
import { probeName } from '../../../net/probe.ts'
import { request, textIn } from './matrix.ts'

// https://spec.matrix.org/latest/client-server-api/#token-authenticated-registration
const form = /^[A-Za-z0-9._~-]{1,64}$/

/**
 * Creates a registration token in the running Synapse.
 * https://element-hq.github.io/synapse/latest/usage/administration/admin_api/registration_tokens.html
 * @param admin the access token of an administrator
 * @param expiry in milliseconds since 1970; without it the token does not
 *   expire
 * @throws {Failure} exit 69 if Synapse refuses, or answers with something else
 */
export const newRegistrationToken = async (
  peer: Peer,
  admin: Secret,
  uses: number,
  expiry: number | undefined,
): Promise<string> => {
  const path = '/_synapse/admin/v1/registration_tokens/new'
  const wanted = { uses_allowed: uses, expiry_time: expiry ?? null }
  const answer = await request(peer, 'POST', path, wanted, admin)
  const token = textIn(peer, answer, 'token')
  if (!form.test(token)) {
    const message = `the answer is no registration token: ${show(token)}`
    throw new Failure(exit.unavailable, `${probeName(peer.at)}: ${message}`)
  }
  return token
}
