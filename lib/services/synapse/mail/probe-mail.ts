// Talks to the mail server as Synapse does before it sends a mail, but sends
// none: the dialogue of Twisted's ESMTPSender (RFC 5321, 3207, 4954). A mail
// library would choose other login methods and resolve names differently.

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
  /** The copy of SMTPCA together with the system's certificates, if any. */
  caPath?: string | undefined
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

// Before the login a reply cannot contain a secret.
const said = ({ code, lines }: Reply): string =>
  plain(`${code} ${lines.join(' ')}`).slice(0, 200)

const refused = ({ code }: Reply): boolean => code >= 400

// The own address as RFC 5321 (4.1.3) writes it: every server accepts it.
const ownName = ({ localAddress = '' }: Socket): string =>
  isIPv6(localAddress) ? `[IPv6:${localAddress}]` : `[${localAddress}]`

/** The extensions that the server offers; undefined if it has no EHLO. */
const offers = async (
  talk: Talk,
  time: Time,
): Promise<Map<string, string[]> | undefined> => {
  time.waitingFor('does not answer EHLO')
  const reply = await talk.ask(`EHLO ${ownName(talk.socket)}`)
  if (reply.code >= 400 && reply.code < 500) {
    throw trouble(`rejects this jail: ${said(reply)}`)
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
      `offers no login method${where} that Synapse supports ` +
        `(${Object.keys(ways).join(', ')}), but SMTPUSER is set`,
    )
  }
  time.waitingFor('does not answer the login')
  const reply = await ways[way]?.(talk, login)
  if (reply?.code !== 235) {
    // The text of this reply may contain a secret.
    throw trouble(
      reply !== undefined && reply.code < 500
        ? `cannot check the login of SMTPUSER now (${reply.code})`
        : `refuses the login (${reply?.code}): is SMTPUSER or SMTPPASS wrong?`,
    )
  }
}

const upgrade = async (talk: Talk, trust: Trust, time: Time): Promise<Talk> => {
  time.waitingFor('does not answer STARTTLS')
  const reply = await talk.ask('STARTTLS')
  if (reply.code !== 220) {
    throw trouble(`offers STARTTLS but refuses it: ${said(reply)}`)
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
      : ': it may be slow, or expect TLS from the first byte ' +
        '(SMTPTLS=implicit)'
  time.waitingFor('accepts the connection but sends nothing', hint)
  const greeting = await talk.next()
  if (greeting.code !== 220) {
    throw trouble(`rejects this jail: ${said(greeting)}`)
  }
  return talk
}

/**
 * Connects to a mail server and logs in.
 * @param roots the certificates of authorities that the system trusts
 * @throws {Failure} the problem that Synapse will have with it
 */
export const probeMail = async (
  server: MailServer,
  roots: readonly string[],
  host: Host,
  time: Time,
): Promise<void> => {
  const { host: name, tls, login, caPath } = server
  const whose =
    "the jail's system, /etc/ssl" +
    (caPath === undefined ? '; SMTPCA can add others' : ', and SMTPCA')
  // The rules of the service_identity package, which Twisted uses.
  const trust: Trust = {
    ...{ name, roots, whose },
    otherwise:
      tls === 'implicit'
        ? ': if it expects STARTTLS, set SMTPTLS=starttls'
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
      throw trouble('offers no STARTTLS, so Synapse will send no mail')
    }
  }
  if (login !== undefined) {
    await logIn(talk, login, offered?.get('AUTH') ?? [], time)
  }
  // The result does not depend on the answer.
  const patience = sleep(farewell, undefined, { ref: false })
  await Promise.race([talk.ask('QUIT'), patience]).catch(() => undefined)
}
