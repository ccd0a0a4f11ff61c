import { agrees, said, type Talk } from './smtp-talk.ts'
import type { Reply } from './smtp-replies.ts'
import type { Time } from '../../../net/time.ts'
import { trouble } from '../../../net/trouble.ts'

/** The addresses of a mail, without names. */
export interface Envelope {
  from: string
  to: string
}

/** What to do if it is the name of the client that the server refuses. */
export const aboutName = (text: string, name: string): string =>
  /\b(?:EHLO|HELO|host ?name)\b/i.test(text)
    ? ` (Synapse introduces itself as ${name}, the host name of this jail: ` +
      'does it have to be a full one?)'
    : ''

const isAscii = (text: string): boolean => /^[!-~]*$/.test(text)

/**
 * Asks whether the server takes a mail, without sending it. One mail to the
 * administrator stands for those to users.
 * @param name by which the server knows the client
 * @param sent what must not be printed
 * @throws {Failure} the refusal
 */
export const offerMail = async (
  { ask }: Talk,
  { from, to }: Envelope,
  name: string,
  sent: readonly string[],
  time: Time,
): Promise<void> => {
  const refusal = (what: string, reply: Reply) => {
    const text = said(reply, sent)
    return trouble(`refuses a mail ${what}: ${text}${aboutName(text, name)}`)
  }
  time.waitingFor('does not answer MAIL FROM')
  const begun = await ask(`MAIL FROM:<${from}>`)
  // Twisted expects this code exactly.
  if (begun.code !== 250) {
    throw refusal(`from SMTPFROM, ${from}`, begun)
  }
  // Synapse sends no mail to an address that is not ASCII.
  if (isAscii(to)) {
    time.waitingFor('does not answer RCPT TO')
    const reply = await ask(`RCPT TO:<${to}>`)
    if (!agrees(reply)) {
      throw refusal(`from ${from} to ALERTEMAIL, ${to}`, reply)
    }
  }
  time.waitingFor('does not answer RSET')
  await ask('RSET')
}
