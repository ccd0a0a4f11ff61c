// The servers outside that Synapse uses: what it would find there.

import { errorMessage, Failure } from '../../../../contract/failure.ts'
import { hostPort } from '../../../../formats/ip.ts'
import { ldapRoots, ldapServers } from '../../ldap/ldap.ts'
import {
  look,
  type Look,
  type Seen,
  type Sight,
} from '../../../../engine/doctor/look.ts'
import type { LdapStage } from '../../ldap/probe-ldap.ts'
import type { MailStage } from '../../mail/probe-mail.ts'
import { mailRoots, mailServers } from '../../mail/mail.ts'
import type { OverlaysOf } from './overlays.ts'
import type { Params } from '../../../../params/params.ts'
import { startTime, type Time } from '../../../../net/time.ts'

// In milliseconds: less than all looks have, and what a mail server may need
// that lets strangers wait.
const patience = { now: 3000, daily: 60_000 }

/** What went wrong, and at which stage. */
interface Trouble<Stage> {
  why: string
  stage: Stage
  /** Whether it was only not waited for any longer. */
  isLate: boolean
}

/** Asks a server as Synapse will. */
const asking = async <Stage extends string>(
  { daily, signal }: Sight,
  first: Stage,
  ask: (time: Time, at: (stage: Stage) => void) => Promise<void>,
): Promise<Trouble<Stage> | undefined> => {
  const limit = daily.isNow ? patience.daily : patience.now
  const time = startTime(limit, signal)
  let stage = first
  const at = (next: Stage): void => {
    stage = next
  }
  try {
    await Promise.race([ask(time, at), time.over])
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error
    }
    const isLate = time.signal.aborted
    const why = errorMessage(isLate ? time.signal.reason : error)
    return { why, stage, isLate }
  } finally {
    time.end()
  }
}

const ldapFinding = {
  connection: 'ldap-server',
  login: 'ldap-login',
  users: 'ldap-users',
} as const satisfies Record<LdapStage, string>

const ldapFindings = Object.values(ldapFinding)

/** Whether the LDAP servers let Synapse in, and have users for it. */
export const ldapLook = (params: Params, overlays: OverlaysOf): Look =>
  look(ldapFindings, async sight => {
    const { host, once } = sight
    const isOther = (await once(overlays))?.replace('modules')
    const servers = isOther ? [] : ldapServers(params)
    const one = async (
      server: (typeof servers)[number],
    ): Promise<Seen<(typeof ldapFindings)[number]>[]> => {
      const { probeLdap } = await import('../../ldap/probe-ldap.ts')
      const roots = ldapRoots(server, host)
      const trouble = await asking<LdapStage>(sight, 'connection', (time, at) =>
        probeLdap(server, roots, host, time, at),
      )
      if (trouble === undefined) {
        return []
      }
      const { stage, why, isLate } = trouble
      const says = `the LDAP server ${hostPort(server.host, server.port)} ${why}`
      return [{ finding: ldapFinding[isLate ? 'connection' : stage], says }]
    }
    return (await Promise.all(servers.map(one))).flat()
  })

const mailFinding = {
  connection: 'mail-server',
  greeting: 'mail-server',
  login: 'mail-login',
  mail: 'mail-refused',
} as const satisfies Record<MailStage, string>

const mailFindings = [...new Set(Object.values(mailFinding))]

/** Whether the mail server would take a mail of Synapse's. */
export const mailLook = (params: Params, overlays: OverlaysOf): Look =>
  look(
    mailFindings,
    async (sight): Promise<Seen<(typeof mailFindings)[number]>[]> => {
      const { host, daily, once } = sight
      const isOther = (await once(overlays))?.replace('email')
      const [server] = isOther ? [] : mailServers(params)
      if (server === undefined) {
        return []
      }
      const { probeMail } = await import('../../mail/probe-mail.ts')
      const roots = mailRoots(server, host)
      const trouble = await asking<MailStage>(sight, 'connection', (time, at) =>
        probeMail(server, roots, host, time, at),
      )
      if (trouble === undefined) {
        return []
      }
      const { stage, why, isLate } = trouble
      const says = `the mail server ${hostPort(server.host, server.port)} ${why}`
      // Some let every client wait, so that spammers go away.
      if (isLate && stage !== 'connection' && !daily.isNow) {
        const elsewhere = 'cook doctor --daily, which waits for a minute'
        return [{ unseen: mailFindings, why: says, elsewhere }]
      }
      return [{ finding: mailFinding[isLate ? 'connection' : stage], says }]
    },
  )
