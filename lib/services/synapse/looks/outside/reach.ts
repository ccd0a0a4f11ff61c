// Whether silence means something: a jail behind NAT mostly does not reach its
// own public address, and then nothing that it does not see is a finding.

import { behind, elsewhere, type Aim } from './aim.ts'
import type { Gone, Observed, Try } from './observe.ts'
import type { Reply } from '../../../../net/web.ts'

const isHeard = (reply: Reply): boolean =>
  reply.got === 'late' ? reply.accepted : reply.got !== 'nothing'

const heard = ({ replies }: Try<string>): boolean =>
  Object.values<Reply>(replies).some(isHeard)

/** The addresses that this system reaches, on any port. */
export const reachedIn = ({
  federation,
  client,
  clientFile,
  discovery,
}: Observed): Set<string> => {
  const gone: Gone<string>[] = [...federation, ...(client ? [client] : [])]
  const tries = gone.flatMap(each => each.tries).filter(heard)
  const files = [clientFile, discovery?.file].flatMap(file =>
    file?.address !== undefined &&
    file.replies.some(({ reply }) => isHeard(reply))
      ? [file.address]
      : [],
  )
  return new Set([...tries.map(({ address }) => address), ...files])
}

/**
 * Whether a connection that an address does not accept is a finding: if it is
 * known that this system reaches the address, or if it looks from outside.
 */
export const mustAnswer = (
  { here }: Aim,
  reached: ReadonlySet<string>,
  address: string,
): boolean =>
  here === undefined || here.addresses.includes(address) || reached.has(address)

/** What one address of a way has answered. */
export type State =
  | { is: 'right' }
  /** Another server. */
  | { is: 'foreign'; says: string }
  /** Something that is no Matrix server, or a path that is not passed. */
  | { is: 'path'; says: string }
  /** Nothing in HTTPS. */
  | { is: 'noise'; says: string }
  | { is: 'closed'; says: string }
  /** Whether it answers cannot be seen from here, or not yet. */
  | { is: 'unseen'; isLate: boolean }

/**
 * The state of an address, by the answer to one question.
 * @param judge what a complete answer means
 */
export const stateOf = (
  reply: Reply,
  must: boolean,
  judge: (status: number, text: string) => State,
): State =>
  reply.got === 'answer'
    ? judge(reply.answer.status, reply.answer.text)
    : reply.got === 'noise'
      ? { is: 'noise', says: reply.says }
      : reply.got === 'nothing' && must && !reply.noWay
        ? { is: 'closed', says: reply.says }
        : {
            is: 'unseen',
            isLate: reply.got === 'late' && (must || reply.accepted),
          }

/** Why nothing is seen at any address, and what to do. */
export const unseenAt = (
  states: readonly State[],
  place: string,
  aim: Aim,
): { why: string; elsewhere: string } =>
  states.some(each => each.is === 'unseen' && each.isLate)
    ? {
        why: `${place} has not answered in time`,
        elsewhere: aim.here ? 'cook doctor' : elsewhere(aim),
      }
    : { why: behind, elsewhere: elsewhere(aim) }
