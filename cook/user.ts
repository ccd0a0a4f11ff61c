import { exit, Failure, type Exit } from '../lib/failure.ts'
import type { Host } from '../lib/host.ts'
import { findRegistrar, readLive } from '../lib/live-homeserver.ts'
import { errcodeOf, registerBySharedSecret } from '../lib/matrix.ts'
import { show } from '../lib/report.ts'
import { Secret } from '../lib/secret.ts'
import { parseName, passwordFault } from '../lib/user-id.ts'
import type { Run } from './world.ts'

const usage = (message: string): Failure => new Failure(exit.usage, message)

const fromFile = (host: Host, path: string): string => {
  const content = host.readNamed(path)
  if (content === undefined) {
    throw usage(`--password-file: ${path}: no such file`)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content)
    return text.replace(/\r?\n[^]*$/, '')
  } catch {
    throw usage(`--password-file: ${path}: is not UTF-8 text`)
  }
}

const passwordFor = ({ host, line }: Run): Secret => {
  const path = line.own['password-file']
  if (path === undefined) {
    throw usage('cook user needs --password-file')
  }
  const text = fromFile(host, path)
  const fault = passwordFault(text)
  if (fault !== undefined) {
    throw usage(`--password-file: ${path}: its first line ${fault}`)
  }
  return new Secret(text)
}

/** Makes an account on the running Synapse. */
export const runUser = async (run: Run): Promise<Exit> => {
  const { host, line, log, facts } = run
  const name = line.operand ?? ''
  const live = await readLive(host)
  const parsed = parseName(name, live.serverName)
  if ('fault' in parsed) {
    throw usage(`cook user: ${show(name)} ${parsed.fault}`)
  }
  const { probe, secret } = await findRegistrar(host, live)
  const password = passwordFor(run)
  const admin = line.own.admin === true
  const account = { user: parsed.localpart, password, admin }
  try {
    const { userId } = await registerBySharedSecret(probe, secret, account)
    Object.assign(facts, { user_id: userId, admin })
    log.item(userId, { admin })
    return exit.ok
  } catch (error) {
    throw errcodeOf(error) === 'M_USER_IN_USE'
      ? new Failure(exit.cantCreate, `${show(name)} is taken`, { cause: error })
      : error
  }
}
