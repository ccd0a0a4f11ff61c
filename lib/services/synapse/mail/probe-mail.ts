// Talks to the mail server as Synapse does before it sends a mail, but sends
// none: the dialogue of Twisted's ESMTPSender (RFC 5321, 3207, 4954). A mail
// library would choose other login methods and resolve names differently.

import { setTimeout as sleep } from 'node:timers/promises'
import { connect, secure, type Trust } from '../../../net/connection.ts'
import type { Time } from '../../../net/time.ts'
import type { Host } from '../../../host/host.ts'
import { logIn, sentBy, type Login } from './smtp-login.ts'
import type { MailSecurity } from '../../../params/mail-security.ts'
import { ownName } from '../python.ts'
import { aboutName, offerMail, type Envelope } from './smtp-envelope.ts'
import { agrees, said, talkOver, type Talk } from './smtp-talk.ts'
import { trouble } from '../../../net/trouble.ts'

// In milliseconds.
const farewell = 200

/** A mail server that a service sends through. */
export interface MailServer {
  host: string
  port: number
  tls: MailSecurity
  login: Login | undefined
  /** The copy of SMTPCA together with the system's certificates, if any. */
  caPath?: string | undefined
  /** A mail that the service could send. */
  envelope: Envelope
}

/**
 * The extensions that the server offers; undefined if it has no EHLO. Synapse
 * then says HELO, unless it has to log in or to start TLS.
 */
const offers = async (
  talk: Talk,
  name: string,
  needsEhlo: boolean,
  time: Time,
): Promise<Map<string, string[]> | undefined> => {
  time.waitingFor('does not answer EHLO')
  const reply = await talk.ask(`EHLO ${name}`)
  if (agrees(reply)) {
    // As Twisted reads them: a keyword is in capitals, and no AUTH=LOGIN.
    return new Map(
      reply.lines.slice(1).map(line => {
        const [keyword = '', ...more] = line.trim().split(/\s+/)
        return [keyword, more.map(each => each.toUpperCase())]
      }),
    )
  }
  time.waitingFor('does not answer HELO')
  const older = needsEhlo ? reply : await talk.ask(`HELO ${name}`)
  if (agrees(older)) {
    return undefined
  }
  const text = said(older)
  throw trouble(`rejects this jail: ${text}${aboutName(text, name)}`)
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

/** How far a conversation with a mail server is. */
export type MailStage = 'connection' | 'greeting' | 'login' | 'mail'

/** Connects, and waits for the greeting. */
const greeted = async (
  { host: name, port, tls }: MailServer,
  trust: Trust,
  host: Host,
  time: Time,
  at: (stage: MailStage) => void,
): Promise<Talk> => {
  const socket = await connect(name, port, host, time)
  at('greeting')
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
 * Connects to a mail server, logs in, and asks whether it takes a mail.
 * @param roots the certificates of authorities that the system trusts
 * @param at hears of each stage but the first
 * @throws {Failure} the problem that Synapse will have with it
 */
export const probeMail = async (
  server: MailServer,
  roots: readonly string[],
  host: Host,
  time: Time,
  at: (stage: MailStage) => void = () => undefined,
): Promise<void> => {
  const { host: name, tls, login, caPath, envelope } = server
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
  const [first, own] = await Promise.all([
    greeted(server, trust, host, time, at),
    ownName(host),
  ])
  let talk = first
  const mustLogIn = login !== undefined
  let offered = await offers(talk, own, mustLogIn || tls === 'starttls', time)
  if (tls === 'starttls' || tls === 'opportunistic') {
    if (offered?.has('STARTTLS')) {
      talk = await upgrade(talk, trust, time)
      offered = await offers(talk, own, mustLogIn, time)
    } else if (tls === 'starttls') {
      throw trouble('offers no STARTTLS, so Synapse will send no mail')
    }
  }
  if (login !== undefined) {
    at('login')
    await logIn(talk, login, offered?.get('AUTH') ?? [], time)
  }
  at('mail')
  await offerMail(talk, envelope, own, sentBy(login), time)
  // The result does not depend on the answer.
  const patience = sleep(farewell, undefined, { ref: false })
  await Promise.race([talk.ask('QUIT'), patience]).catch(() => undefined)
}
