import type { Aim } from './aim.ts'
import type { FindingName } from '../../../../contract/findings/findings.ts'
import { baseUrlIn, type Observed } from './observe.ts'
import { delegateIn } from './discovery.ts'
import {
  mustAnswer,
  reachedIn,
  stateOf,
  unseenAt,
  type State,
} from './reach.ts'
import { objectIn, whoseKeys } from './keys.ts'
import type { Seen } from '../../../../engine/doctor/look.ts'
import type { WellKnown } from './well-known.ts'

/** What a well-known file may show. */
export const wellKnownFinds = [
  'well-known-unreachable',
  'well-known-redirect',
  'well-known-json',
  'well-known-missing',
  'well-known-type',
] as const satisfies readonly FindingName[]

type Finds = (typeof wellKnownFinds)[number]

/** One of the two files. */
interface Judged {
  file: WellKnown
  /** Who reads it. */
  readers: string
  /** Whether nothing works without it. */
  needed: boolean
  /** Whether its content can be used. */
  usable: boolean
}

const isJson = (type: string | undefined): boolean =>
  /^application\/(\w+\+)?json\b/i.test(type ?? '')

const judgeFile = (
  { file, readers, needed, usable }: Judged,
  observed: Observed,
  aim: Aim,
): Seen<Finds>[] => {
  const { url, named, address = '', replies, redirect } = file
  const wrong = (finding: Finds, what: string): Seen<Finds> => ({
    finding,
    says: `${url} ${what}; ${readers} do not learn where this server is`,
  })
  if (redirect !== undefined) {
    return [wrong('well-known-redirect', redirect)]
  }
  // The look at names says it.
  if (!named) {
    return [{ hidden: wellKnownFinds }]
  }
  const reply = replies.at(-1)?.reply
  if (reply?.got !== 'answer') {
    const must = mustAnswer(aim, reachedIn(observed), address)
    const state: State =
      reply === undefined
        ? { is: 'unseen', isLate: true }
        : stateOf(reply, must, () => ({ is: 'right' }))
    return 'says' in state
      ? needed
        ? [wrong('well-known-unreachable', `: the server ${state.says}`)]
        : []
      : [{ unseen: wellKnownFinds, ...unseenAt([state], url, aim) }]
  }
  const { status, headers, text } = reply.answer
  if (status !== 200) {
    return !needed
      ? []
      : status === 404
        ? [wrong('well-known-missing', 'does not exist (404)')]
        : [wrong('well-known-json', `answers ${status}`)]
  }
  const value = objectIn(text)
  if (value === undefined) {
    return [wrong('well-known-json', 'is not JSON')]
  }
  return !usable || isJson(headers['content-type'])
    ? []
    : [
        {
          finding: 'well-known-type',
          says:
            `${url} is sent as ` +
            `${(headers['content-type'] ?? 'nothing').slice(0, 60)}, not as ` +
            'application/json; some clients and servers do not accept it',
        },
      ]
}

/** Whether other servers reach this one without the file. */
const isAtDomain = ({ federation }: Observed, { server, here }: Aim): boolean =>
  federation.some(({ tries }) =>
    tries.some(({ replies: { keys } }) =>
      keys.got === 'answer'
        ? whoseKeys(keys.answer.text, server.name, here?.key).is === 'right'
        : false,
    ),
  )

/** The file for other servers. */
export const judgeServerFile = (
  observed: Observed,
  aim: Aim,
): Seen<Finds | 'well-known-server'>[] => {
  const file = observed.discovery?.file
  if (file === undefined) {
    return []
  }
  const usable = delegateIn(file) !== undefined
  const bySrv = observed.federation.some(({ way }) => way.by === 'srv')
  const needed = !bySrv && !isAtDomain(observed, aim)
  const readers = 'other servers'
  const seen = judgeFile({ file, readers, needed, usable }, observed, aim)
  const end = file.replies.at(-1)?.reply
  const isObject =
    end?.got === 'answer' &&
    end.answer.status === 200 &&
    objectIn(end.answer.text) !== undefined
  return seen.length === 0 && isObject && !usable
    ? [
        {
          finding: 'well-known-server',
          says:
            `${file.url} has no m.server with a host name; other servers do ` +
            'not learn where this server is',
        },
      ]
    : seen
}

const sameUrl = (a: URL, b: URL): boolean =>
  a.host === b.host &&
  a.pathname.replace(/\/+$/, '') === b.pathname.replace(/\/+$/, '')

const shown = ({ href }: URL): string => href.slice(0, 200)

/** Whether clients find the server only by the file. */
export const needsClientFile = ({ server, here }: Aim): boolean =>
  here !== undefined &&
  server.port === undefined &&
  here.publicUrl.host !== server.host

/** The file for clients. */
export const judgeClientFile = (
  observed: Observed,
  aim: Aim,
): Seen<Finds | 'well-known-client' | 'well-known-cors'>[] => {
  const { clientFile: file } = observed
  const { server, here } = aim
  const base = baseUrlIn(file)
  const needed = needsClientFile(aim)
  const readers = 'clients'
  const usable = base !== undefined
  const seen = judgeFile({ file, readers, needed, usable }, observed, aim)
  const end = file.replies.at(-1)?.reply
  if (
    seen.some(
      each => !('finding' in each && each.finding === 'well-known-type'),
    ) ||
    end?.got !== 'answer' ||
    end.answer.status !== 200 ||
    file.redirect !== undefined
  ) {
    return seen
  }
  if (base === undefined || (here && !sameUrl(base, here.publicUrl))) {
    const what =
      base === undefined ? 'has no base_url' : `leads to ${shown(base)}`
    const wanted = here ? `, not to ${shown(here.publicUrl)}` : ''
    return [
      ...seen,
      {
        finding: 'well-known-client',
        says:
          `${file.url} ${what}${base === undefined ? '' : wanted}; clients ` +
          `cannot log in by ${server.name} alone`,
      },
    ]
  }
  const allowed = end.answer.headers['access-control-allow-origin']
  return allowed === '*'
    ? seen
    : [
        ...seen,
        {
          finding: 'well-known-cors',
          says:
            `${file.url} lacks the header Access-Control-Allow-Origin: *; ` +
            'clients in a browser cannot read it',
        },
      ]
}
