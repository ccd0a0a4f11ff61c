import type { Aim } from './aim.ts'
import type { ClientTry, Gone, Observed } from './observe.ts'
import type { FindingName } from '../../../../contract/findings/findings.ts'
import { hostPort } from '../../../../formats/ip.ts'
import {
  mustAnswer,
  reachedIn,
  stateOf,
  unseenAt,
  type State,
} from './reach.ts'
import { objectIn, whoseKeys } from './keys.ts'
import type { Reply } from '../../../../net/web.ts'
import type { Seen, Wrong } from '../../../../engine/doctor/look.ts'

/** What the way of clients may show. */
export const clientFinds = [
  'dns-elsewhere',
  'tls-none',
  'port-closed',
  'key-foreign',
  'client-path',
  'client-cors',
  'login-none',
  'path-decoded',
  'upload-limit',
] as const satisfies readonly FindingName[]

type Finds = (typeof clientFinds)[number]

const versionsPath = '/_matrix/client/versions'

const judgeVersions = (status: number, text: string): State =>
  status === 200 && Array.isArray(objectIn(text)?.['versions'])
    ? { is: 'right' }
    : { is: 'path', says: `${versionsPath} answers ${status}, no versions` }

/** Whether keys of another server answer; a proxy need not pass them here. */
const foreign = (reply: Reply, { server, here }: Aim): State | undefined => {
  if (reply.got !== 'answer' || reply.answer.status !== 200) {
    return undefined
  }
  const whose = whoseKeys(reply.answer.text, server.name, here?.key)
  return whose.is === 'foreign' ? whose : undefined
}

const stateAt = (at: ClientTry, observed: Observed, aim: Aim): State => {
  const must = mustAnswer(aim, reachedIn(observed), at.address)
  const { versions, keys } = at.replies
  return foreign(keys, aim) ?? stateOf(versions, must, judgeVersions)
}

const whole: Readonly<Record<string, Finds>> = {
  foreign: 'key-foreign',
  path: 'client-path',
  noise: 'tls-none',
  closed: 'port-closed',
}

const meaning = 'clients cannot use the server'

const wrongAt = (
  place: string,
  state: State,
  some: boolean,
): Wrong<Finds>[] => {
  if (!('says' in state)) {
    return []
  }
  const finding =
    some && state.is !== 'closed' ? 'dns-elsewhere' : whole[state.is]!
  return [{ finding, says: `${place}: ${state.says}; ${meaning}` }]
}

const answerTo = (reply: Reply) =>
  reply.got === 'answer' ? reply.answer : undefined

/** What a server that answers may still do wrong. */
const details = (
  { replies }: ClientTry,
  place: string,
  { refusal }: Observed,
): Wrong<Finds>[] => {
  const [versions, login, path] = [
    answerTo(replies.versions),
    answerTo(replies.login),
    answerTo(replies.path),
  ]
  const flows = login?.status === 200 ? objectIn(login.text)?.['flows'] : []
  const code = path && objectIn(path.text)?.['errcode']
  const isDecoded =
    path !== undefined &&
    (code === 'M_UNRECOGNIZED' || (code === undefined && path.status >= 400))
  const found: (Wrong<Finds> | false)[] = [
    !versions?.headers['access-control-allow-origin'] && {
      finding: 'client-cors',
      says:
        `${place} answers without Access-Control-Allow-Origin; clients in a ` +
        'browser cannot use the server',
    },
    Array.isArray(flows) &&
      flows.length === 0 && {
        finding: 'login-none',
        says: `${place} offers no way to log in`,
      },
    isDecoded && {
      finding: 'path-decoded',
      says:
        `${place} decodes %2F in paths before Synapse gets them; requests ` +
        'that name some rooms, users or events fail',
    },
    refusal === 413 && {
      finding: 'upload-limit',
      says:
        `${place} refuses a file as large as MAXUPLOAD (413); users cannot ` +
        'send files that cook allows',
    },
  ]
  return found.filter(each => each !== false)
}

const judgeGone = (
  gone: Gone<'versions' | 'login' | 'path' | 'keys'>,
  observed: Observed,
  aim: Aim,
): Seen<Finds>[] => {
  const { way, tries } = gone
  const at = tries.map(each => ({
    ...each,
    state: stateAt(each, observed, aim),
  }))
  // The look at names says it.
  if (at.length === 0) {
    return [{ hidden: clientFinds }]
  }
  const place = hostPort(way.host, way.port)
  const states = at.map(({ state }) => state)
  if (states.every(({ is }) => is === 'unseen')) {
    return [{ unseen: clientFinds, ...unseenAt(states, place, aim) }]
  }
  const right = at.find(({ state }) => state.is === 'right')
  const wrong = at.flatMap(({ address, state }) =>
    wrongAt(
      right === undefined ? place : `${place} at the address ${address}`,
      state,
      right !== undefined,
    ),
  )
  return [
    ...wrong,
    ...(right === undefined
      ? [{ hidden: clientFinds }]
      : details(right, place, observed)),
  ]
}

/** How clients reach the server, and what a proxy does to them. */
export const judgeClient = (observed: Observed, aim: Aim): Seen<Finds>[] =>
  observed.client === undefined
    ? [
        {
          unseen: clientFinds,
          why: 'PUBLICURL has no TLS, so it is not for the world',
          elsewhere: `curl ${aim.here?.publicUrl.href ?? ''}`,
        },
      ]
    : judgeGone(observed.client, observed, aim)
