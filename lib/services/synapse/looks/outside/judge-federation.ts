import { behind, elsewhere, type Aim } from './aim.ts'
import { hostPort } from '../../../../formats/ip.ts'
import { whoseKeys } from './keys.ts'
import {
  mustAnswer,
  reachedIn,
  stateOf,
  unseenAt,
  type State,
} from './reach.ts'
import type { FederationTry, Gone, Observed } from './observe.ts'
import type { Seen, Wrong } from '../../../../engine/doctor/look.ts'
import { endOf } from './well-known.ts'

/** What the way of other servers may show. */
export const federationFinds = [
  'dns-srv',
  'dns-elsewhere',
  'well-known-server',
  'tls-none',
  'port-closed',
  'key-foreign',
  'federation-path',
] as const

type Finds = (typeof federationFinds)[number]

interface At {
  address: string
  state: State
  /** What /version answers, if that is not as it should be. */
  version: string | undefined
}

const keysPath = '/_matrix/key/v2/server'

const judgeKeys =
  ({ server, here }: Aim) =>
  (status: number, text: string): State => {
    const whose = whoseKeys(text, server.name, here?.key)
    return whose.is === 'right' && status === 200
      ? { is: 'right' }
      : whose.is === 'foreign' && status === 200
        ? whose
        : { is: 'path', says: `${keysPath} answers ${status}, no keys` }
  }

const versionFault = ({ replies }: FederationTry): string | undefined => {
  const { version } = replies
  return version.got === 'answer' && version.answer.status !== 200
    ? `/_matrix/federation/v1/version answers ${version.answer.status}`
    : undefined
}

/** Which finding it is that a way leads wrong. */
const blame = (
  { way }: Gone<'keys' | 'version'>,
  aim: Aim,
  otherwise: Finds,
  isClosed: boolean,
): { finding: Finds; subject: string; mends?: string } => {
  const place = hostPort(way.host, way.port)
  const host = aim.here?.publicUrl.hostname
  if (way.by === 'srv') {
    const subject = `the record SRV of ${way.hostHeader} leads to ${place}`
    return { finding: 'dns-srv', subject }
  }
  if (way.delegated && way.portless && isClosed) {
    const subject =
      `m.server of ${aim.server.name} has no port, so other servers go to ` +
      place
    const port = aim.here?.publicUrl.port || 443
    const mends = `write the port: "m.server": "${hostPort(way.host, Number(port))}"`
    return { finding: 'well-known-server', subject, mends }
  }
  return way.delegated && host !== undefined && way.host !== host
    ? {
        finding: 'well-known-server',
        subject: `m.server of ${aim.server.name} leads to ${place}`,
      }
    : { finding: otherwise, subject: place }
}

const clause: Readonly<Record<string, Finds>> = {
  foreign: 'key-foreign',
  path: 'federation-path',
  noise: 'tls-none',
  closed: 'port-closed',
}

const meaning = 'other servers cannot exchange messages with this one'

/** All addresses of a way are wrong: the way is. */
const wholeWay = (gone: Gone<'keys' | 'version'>, aim: Aim, ats: At[]) => {
  const { state } = ats.find(each => each.state.is !== 'unseen')!
  const { finding, subject, mends } = blame(
    gone,
    aim,
    clause[state.is]!,
    state.is === 'closed',
  )
  const why = 'says' in state ? state.says : ''
  return {
    finding,
    says: `${subject}: ${why}; ${meaning}`,
    ...(mends === undefined ? {} : { mends }),
  }
}

/** Some addresses lead here, others do not. */
const oneAddress = (
  { way }: Gone<'keys' | 'version'>,
  { address, state }: At,
): Wrong<Finds>[] => {
  if (state.is === 'right' || state.is === 'unseen') {
    return []
  }
  const place = `${address}, an address of ${way.host}`
  return state.is === 'closed'
    ? [
        {
          finding: 'port-closed',
          says:
            `${place}, does not accept connections on port ${way.port}, ` +
            `although others do; some servers do not reach this one`,
        },
      ]
    : [
        {
          finding: 'dns-elsewhere',
          says: `${place}, does not lead to this server: ${state.says}`,
        },
      ]
}

const judgeWay = (
  gone: Gone<'keys' | 'version'>,
  observed: Observed,
  aim: Aim,
): Seen<Finds>[] => {
  const { way, named, tries } = gone
  if ('silent' in named) {
    return [{ hidden: federationFinds }]
  }
  if (tries.length === 0) {
    const { finding, subject } = blame(gone, aim, 'port-closed', false)
    const says = `${subject}, which has no address`
    // Without delegation it is the name itself that has none: dns-address.
    return finding === 'port-closed'
      ? [{ hidden: federationFinds }]
      : [{ finding, says: `${says}; ${meaning}` }]
  }
  const reached = reachedIn(observed)
  const ats = tries.map((each): At => {
    const must = mustAnswer(aim, reached, each.address)
    const state = stateOf(each.replies.keys, must, judgeKeys(aim))
    return { address: each.address, state, version: versionFault(each) }
  })
  const right = ats.filter(({ state }) => state.is === 'right')
  const states = ats.map(({ state }) => state)
  if (states.every(({ is }) => is === 'unseen')) {
    const place = hostPort(way.host, way.port)
    return [{ unseen: federationFinds, ...unseenAt(states, place, aim) }]
  }
  if (right.length === 0) {
    return [wholeWay(gone, aim, ats)]
  }
  const [version] = right.flatMap(each => each.version ?? [])
  const place = hostPort(way.host, way.port)
  return [
    ...ats.flatMap(each => oneAddress(gone, each)),
    ...(version === undefined
      ? []
      : [
          {
            finding: 'federation-path',
            says: `${place}: ${version}; ${meaning}`,
          } as const,
        ]),
  ]
}

/** Whether the file that says where to connect was not seen from here. */
const isBlind = (observed: Observed, aim: Aim): boolean => {
  const file = observed.discovery?.file
  const end = file && endOf(file)
  return (
    aim.here !== undefined &&
    (end?.got === 'nothing' || end?.got === 'late') &&
    !mustAnswer(aim, reachedIn(observed), file?.address ?? '')
  )
}

/** How other servers reach this one, and whether it is this one. */
export const judgeFederation = (
  observed: Observed,
  aim: Aim,
): Seen<Finds>[] => {
  if (observed.discovery?.silent !== undefined) {
    return [{ hidden: federationFinds }]
  }
  return isBlind(observed, aim)
    ? [{ unseen: federationFinds, why: behind, elsewhere: elsewhere(aim) }]
    : observed.federation.flatMap(gone => judgeWay(gone, observed, aim))
}
