import {
  errorMessage,
  exit,
  Failure,
  type Exit,
} from '../../lib/contract/failure.ts'
import {
  findRegistrar,
  readLive,
} from '../../lib/services/synapse/api/live-homeserver.ts'
import {
  errcodeOf,
  registerBySharedSecret,
} from '../../lib/services/synapse/api/matrix.ts'
import { withCause } from '../../lib/services/synapse/api/why-broken.ts'
import { plain, show } from '../../lib/contract/report.ts'
import { Secret } from '../../lib/contract/secret.ts'
import { parseName, passwordFault, userId } from '../../lib/formats/user-id.ts'
import type { Input } from '../terminal.ts'
import { newSecret } from '../../lib/services/synapse/signing-key.ts'
import { paths } from '../../lib/contract/paths.ts'
import type { Run } from '../world.ts'

const usage = (message: string): Failure => new Failure(exit.usage, message)

const firstLineOf = (content: Uint8Array, from: string): string => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content)
    return text.replace(/\r?\n[^]*$|\r$/, '')
  } catch {
    throw usage(`${from} is not UTF-8 text`)
  }
}

/** The password, and its source in words. */
interface Given {
  text: string
  from: string
}

const fromFile = ({ host }: Run, path: string): Given => {
  const from = `--password-file ${path}`
  const content = host.readNamed(path)
  if (content === undefined) {
    throw usage(`${from}: no such file`)
  }
  return { text: firstLineOf(content, from), from: `${from}: the first line` }
}

const fromInput = async ({ firstLine }: Input): Promise<Given> => {
  const from = 'standard input'
  const text = firstLineOf(await firstLine(), from)
  if (text === '') {
    throw usage(
      `there is no password: ${from} is empty and not a terminal: ` +
        'use --password-file',
    )
  }
  return { text, from: `the first line of ${from}` }
}

const fromPerson = async (
  ask: NonNullable<Input['ask']>,
  id: string,
): Promise<Given> => {
  const questions = [`Password for ${plain(id)}: `, 'Retype password: ']
  const [text, again] = (await ask(questions)) ?? []
  if (text === undefined) {
    throw usage('no password was given')
  }
  if (text !== again) {
    throw usage('the two passwords do not match')
  }
  return { text, from: 'the password' }
}

const given = (run: Run, id: string): Given | Promise<Given> => {
  const path = run.line.own['password-file']
  if (path !== undefined) {
    return fromFile(run, path)
  }
  const input = run.input()
  return input.ask === undefined ? fromInput(input) : fromPerson(input.ask, id)
}

/** The password of the account; a random one if it does not count anyway. */
const passwordFor = async (
  run: Run,
  id: string,
  counts: boolean,
): Promise<Secret> => {
  if (!counts) {
    run.log.warning(
      `no password of its own counts here (password_config in ` +
        `${paths.homeserver}): ${id} logs in as the LDAP user of that name`,
    )
    return new Secret(newSecret())
  }
  const { text, from } = await given(run, id)
  const fault = passwordFault(text)
  if (fault !== undefined) {
    throw usage(`${from} ${fault}`)
  }
  return new Secret(text)
}

/** Synapse's refusals whose exit code is not 69. */
const meanings: Readonly<Record<string, [Exit, string?]>> = {
  M_USER_IN_USE: [exit.cantCreate, 'is taken'],
  M_EXCLUSIVE: [exit.cantCreate, 'is reserved for an application service'],
  M_INVALID_USERNAME: [exit.usage],
}

/**
 * Creates an account in the running Synapse and prints its id.
 * @throws {Failure} exit 64 for an invalid name or password, 69 if Synapse does
 *   not answer, 73 if the name is taken
 */
export const run = async (run: Run): Promise<Exit> => {
  const { host, line, log, facts } = run
  const name = line.operand ?? ''
  const live = await readLive(host)
  log.hide(() => live.secrets)
  const parsed = parseName(name, live.serverName)
  if ('fault' in parsed) {
    throw usage(`cook user: ${show(name)} ${parsed.fault}`)
  }
  const user = parsed.localpart
  const id = userId(user, live.serverName)
  const { peer, secret } = await findRegistrar(host, live)
  const password = await passwordFor(run, id, live.hasLocalPasswords)
  const admin = line.own.admin === true
  const made = await withCause(
    host,
    registerBySharedSecret(peer, secret, { user, password, admin }),
  ).catch(error => {
    const meaning = meanings[errcodeOf(error) ?? '']
    if (meaning === undefined) {
      throw error
    }
    const [code, words] = meaning
    const message = words ? `${id} ${words}` : errorMessage(error)
    throw new Failure(code, message, { cause: error })
  })
  Object.assign(facts, { user_id: made.userId, admin })
  log.item(made.userId, { admin })
  return exit.ok
}
