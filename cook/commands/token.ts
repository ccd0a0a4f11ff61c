import { parseDuration } from '../../lib/formats/duration.ts'
import { exit, Failure, type Exit } from '../../lib/contract/failure.ts'
import {
  findRegistrar,
  readLive,
  type LiveHomeserver,
} from '../../lib/services/synapse/api/live-homeserver.ts'
import { newRegistrationToken } from '../../lib/services/synapse/api/registration-token.ts'
import { withCause } from '../../lib/services/synapse/api/why-broken.ts'
import type { Host } from '../../lib/host/host.ts'
import { show } from '../../lib/contract/report.ts'
import { administratorToken } from '../../lib/services/synapse/accounts/service-account.ts'
import type { Run } from '../world.ts'

const usage = (option: string, value: string, fault: string): Failure =>
  new Failure(exit.usage, `--${option}: ${show(value)} ${fault}`)

const usesOf = ({ line }: Run): number => {
  const { uses = '1' } = line.own
  if (!/^[1-9]\d{0,5}$/.test(uses)) {
    throw usage('uses', uses, 'is not a number of accounts (1-999999)')
  }
  return Number(uses)
}

/** When it expires, in milliseconds since 1970; undefined if it does not. */
const expiryOf = ({ line, now }: Run): number | undefined => {
  const { expires } = line.own
  if (expires === undefined) {
    return undefined
  }
  const duration = parseDuration(expires)
  if (duration === undefined) {
    const fault = 'is not a time such as 30m, 12h, 7d or 4w (at most 10 years)'
    throw usage('expires', expires, fault)
  }
  return now().getTime() + duration
}

const warnOfNoUse = (
  { log }: Run,
  { registration: { isOpen, needsToken } }: LiveHomeserver,
): void => {
  if (!isOpen) {
    log.warning(
      'nobody can use this token yet: registration is closed ' +
        '(REGISTRATIONENABLE)',
    )
  } else if (!needsToken) {
    log.warning(
      'nobody needs this token: registration does not ask for one ' +
        '(REGISTRATIONVERIFY)',
    )
  }
}

/** Asks the running Synapse for a token. */
const newToken = async (
  host: Host,
  live: LiveHomeserver,
  uses: number,
  expiry: number | undefined,
): Promise<string> => {
  const registrar = await findRegistrar(host, live)
  const admin = await administratorToken(host, live, registrar)
  return newRegistrationToken(registrar.peer, admin, uses, expiry)
}

/** Creates a registration token in the running Synapse, and prints it. */
export const run = async (run: Run): Promise<Exit> => {
  const { host, log, line, facts } = run
  const uses = usesOf(run)
  const expiry = expiryOf(run)
  const live = await readLive(host)
  log.hide(() => live.secrets)
  const token = await withCause(host, newToken(host, live, uses, expiry))
  warnOfNoUse(run, live)
  const expires = expiry === undefined ? null : new Date(expiry).toISOString()
  Object.assign(facts, { token, uses, expires })
  if (!line.json) {
    // Not a log line: whoever has the token can create an account.
    log.print(`${token}\n`)
  }
  return exit.ok
}
