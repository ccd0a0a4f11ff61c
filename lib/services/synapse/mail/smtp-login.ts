import { createHmac } from 'node:crypto'
import { said, type Talk } from './smtp-talk.ts'
import type { Reply } from './smtp-replies.ts'
import type { Secret } from '../../../contract/secret.ts'
import type { Time } from '../../../net/time.ts'
import { trouble } from '../../../net/trouble.ts'

/** The account of a sender. */
export interface Login {
  user: string
  password: Secret
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const credentials = ({ user, password }: Login): string =>
  base64(`\0${user}\0${password.reveal()}`)

/** The forms of the password that a server has got and could repeat. */
export const sentBy = (login: Login | undefined): string[] => {
  const password = login?.password.reveal() ?? ''
  return login === undefined || password === ''
    ? []
    : [
        password,
        base64(password).replace(/=+$/, ''),
        credentials(login).replace(/=+$/, ''),
      ]
}

const proof = ({ user, password }: Login, challenge: string): string =>
  `${user} ${createHmac('md5', password.reveal())
    .update(Buffer.from(challenge, 'base64'))
    .digest('hex')}`

/** The login methods of Synapse, in its order of preference. */
const ways: Readonly<
  Record<string, (talk: Talk, login: Login) => Promise<Reply>>
> = {
  'CRAM-MD5': async ({ ask }, login) => {
    const asked = await ask('AUTH CRAM-MD5')
    return asked.code === 334
      ? ask(base64(proof(login, asked.lines[0] ?? '')))
      : asked
  },
  LOGIN: async ({ ask }, { user, password }) => {
    const asked = await ask('AUTH LOGIN')
    const next = asked.code === 334 ? await ask(base64(user)) : asked
    return next.code === 334 ? ask(base64(password.reveal())) : next
  },
  PLAIN: ({ ask }, login) => ask(`AUTH PLAIN ${credentials(login)}`),
}

/**
 * Logs in by the method that Synapse would choose.
 * @param offered the methods that the server offers
 * @throws {Failure} why Synapse could not log in
 */
export const logIn = async (
  talk: Talk,
  login: Login,
  offered: readonly string[],
  time: Time,
): Promise<void> => {
  const way = Object.keys(ways).find(name => offered.includes(name))
  if (way === undefined) {
    const where = talk.isSecured ? '' : ' without TLS'
    throw trouble(
      `offers no login method${where} that Synapse supports ` +
        `(${Object.keys(ways).join(', ')}), but SMTPUSER is set`,
    )
  }
  time.waitingFor('does not answer the login')
  const reply = await ways[way]?.(talk, login)
  if (reply !== undefined && reply.code !== 235) {
    const text = said(reply, sentBy(login))
    throw trouble(
      reply.code < 500
        ? `cannot check the login of SMTPUSER now: ${text}`
        : `refuses the login: is SMTPUSER or SMTPPASS wrong? ${text}`,
    )
  }
}
