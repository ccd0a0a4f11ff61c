// What Synapse says to its mail server before it sends a mail, and no mail:
// the dialogue of Twisted's ESMTPSender (RFC 5321, 3207, 4954). Libraries that
// send mail choose other ways to log in, and look names up in their own way.

import { createHmac } from 'node:crypto'
import { isIPv6, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  connect,
  secure,
  type Time,
  type Trust,
} from '../../../net/connection.ts'
import type { Host } from '../../../host/host.ts'
import type { MailSecurity } from '../../../params/mail-security.ts'
import { plain } from '../../../contract/report.ts'
import type { Secret } from '../../../contract/secret.ts'
import { replies, type Reply } from './smtp-replies.ts'
import { trouble } from '../../../net/trouble.ts'

// In milliseconds.
const farewell = 200

/** A mail server that a service sends through. */
export interface MailServer {
  host: string
  port: number
  tls: MailSecurity
  login: { user: string; password: Secret } | undefined
}

/** A conversation over a connection, secured or not. */
interface Talk {
  socket: Socket
  isSecured: boolean
  next: () => Promise<Reply>
  ask: (line: string) => Promise<Reply>
  stop: () => void
}

const talkOver = (socket: Socket, isSecured: boolean): Talk => {
  const { next, stop } = replies(socket)
  const ask = (line: string): Promise<Reply> => {
    socket.write(`${line}\r\n`)
    return next()
  }
  return { socket, isSecured, next, ask, stop }
}

// Before the log-in a server can repeat no secret.
const said = ({ code, lines }: Reply): string =>
  plain(`${code} ${lines.join(' ')}`).slice(0, 200)

const refused = ({ code }: Reply): boolean => code >= 400

// An address of one's own, as RFC 5321 (4.1.3) writes it, is right anywhere.
const ownName = ({ localAddress = '' }: Socket): string =>
  isIPv6(localAddress) ? `[IPv6:${localAddress}]` : `[${localAddress}]`

/** What the server offers, by its keywords, or nothing if it has no EHLO. */
const offers = async (
  talk: Talk,
  time: Time,
): Promise<Map<string, string[]> | undefined> => {
  time.waitingFor('does not answer EHLO')
  const reply = await talk.ask(`EHLO ${ownName(talk.socket)}`)
  if (reply.code >= 400 && reply.code < 500) {
    throw trouble(`turns this jail away: ${said(reply)}`)
  }
  return refused(reply)
    ? undefined
    : new Map(
        reply.lines.slice(1).map(line => {
          const [keyword = '', ...more] = line.toUpperCase().split(/[ =]+/)
          return [keyword, more]
        }),
      )
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

type Login = NonNullable<MailServer['login']>

const proof = ({ user, password }: Login, challenge: string): string =>
  `${user} ${createHmac('md5', password.reveal())
    .update(Buffer.from(challenge, 'base64'))
    .digest('hex')}`

/** The ways to log in that Synapse has, the one that it prefers first. */
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
  PLAIN: ({ ask }, { user, password }) =>
    ask(`AUTH PLAIN ${base64(`\0${user}\0${password.reveal()}`)}`),
}

const logIn = async (
  talk: Talk,
  login: Login,
  offered: readonly string[],
  time: Time,
): Promise<void> => {
  const way = Object.keys(ways).find(name => offered.includes(name))
  if (way === undefined) {
    const where = talk.isSecured ? '' : ' without TLS'
    throw trouble(
      `offers no way to log in${where} that Synapse knows ` +
        `(${Object.keys(ways).join(', ')}), but SMTPUSER is given`,
    )
  }
  time.waitingFor('does not answer the log-in')
  const reply = await ways[way]?.(talk, login)
  if (reply?.code !== 235) {
    // The text of this reply may have anything in it.
    throw trouble(
      reply !== undefined && reply.code < 500
        ? `does not judge the log-in of SMTPUSER now (${reply.code})`
        : `refuses the log-in (${reply?.code}): is SMTPUSER or SMTPPASS wrong?`,
    )
  }
}

const upgrade = async (talk: Talk, trust: Trust, time: Time): Promise<Talk> => {
  time.waitingFor('does not answer STARTTLS')
  const reply = await talk.ask('STARTTLS')
  if (reply.code !== 220) {
    throw trouble(`offers STARTTLS and then refuses it: ${said(reply)}`)
  }
  talk.stop()
  return talkOver(await secure(talk.socket, trust, time), true)
}

/** Connects, and waits for the greeting. */
const greeted = async (
  { host: name, port, tls }: MailServer,
  trust: Trust,
  host: Host,
  time: Time,
): Promise<Talk> => {
  const socket = await connect(name, port, host, time)
  const talk =
    tls === 'implicit'
      ? talkOver(await secure(socket, trust, time), true)
      : talkOver(socket, false)
  const hint =
    tls === 'implicit'
      ? ''
      : ': if it is slow all is well; if it expects TLS at once, ' +
        'SMTPTLS=implicit says so'
  time.waitingFor('takes the connection and says nothing', hint)
  const greeting = await talk.next()
  if (greeting.code !== 220) {
    throw trouble(`turns this jail away: ${said(greeting)}`)
  }
  return talk
}

/**
 * Goes with a mail server as far as the log-in.
 * @param roots the certificates of authorities that the system trusts
 * @throws {Failure} the trouble that Synapse will have with it
 */
export const probeMail = async (
  server: MailServer,
  roots: readonly string[],
  host: Host,
  time: Time,
): Promise<void> => {
  const { host: name, tls, login } = server
  const whose = "the jail's system, /etc/ssl"
  // As the service_identity package judges, which Twisted asks.
  const trust: Trust = {
    ...{ name, roots, whose },
    otherwise:
      tls === 'implicit'
        ? ' from the first byte: SMTPTLS=starttls may be its way'
        : '',
    tellsName: true,
    takesCommonName: false,
  }
  let talk = await greeted(server, trust, host, time)
  let offered = await offers(talk, time)
  if (tls === 'starttls' || tls === 'opportunistic') {
    if (offered?.has('STARTTLS')) {
      talk = await upgrade(talk, trust, time)
      offered = await offers(talk, time)
    } else if (tls === 'starttls') {
      throw trouble('offers no STARTTLS, without which no mail is to be sent')
    }
  }
  if (login !== undefined) {
    await logIn(talk, login, offered?.get('AUTH') ?? [], time)
  }
  // All is well, whether it answers or not.
  const patience = sleep(farewell, undefined, { ref: false })
  await Promise.race([talk.ask('QUIT'), patience]).catch(() => undefined)
}
