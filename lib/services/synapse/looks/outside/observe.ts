// Everything that is asked outside, side by side and once. What the answers
// mean is said by the judges beside.

import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { foundOf, newAsking, type Asking, type Named } from './asking.ts'
import type { Aim } from './aim.ts'
import { discover, type Discovery, type Way } from './discovery.ts'
import { endOf, wellKnown, type WellKnown } from './well-known.ts'
import type { Host } from '../../../../host/host.ts'
import { objectIn, within } from './keys.ts'
import { paths } from '../../../../contract/paths.ts'
import { isOpen } from '../../../../net/limited.ts'
import { refusalOf, type Reply } from '../../../../net/web.ts'
import type { Sight } from '../../../../engine/doctor/look.ts'

/** The answers at one address of a way to Synapse. */
export interface Try<K extends string> {
  address: string
  replies: Readonly<Record<K, Reply>>
}

/** A way, and the answers at each of its addresses. */
export interface Gone<K extends string> {
  way: Way
  named: Named<string>
  tries: Try<K>[]
}

export type FederationTry = Try<'keys' | 'version'>
export type ClientTry = Try<'versions' | 'login' | 'path' | 'keys'>

export interface Observed {
  /** Undefined if other servers may not connect. */
  discovery: Discovery | undefined
  federation: Gone<'keys' | 'version'>[]
  clientFile: WellKnown
  /** Undefined if no URL for clients is known, or it has no TLS. */
  client: Gone<'versions' | 'login' | 'path' | 'keys'> | undefined
  /** The status by which a proxy refuses a file of MAXUPLOAD, if it does. */
  refusal: number | undefined
  /** Addresses of the public host where port 8008 is open. */
  open: string[]
  /** Whether Synapse has believed a made-up X-Forwarded-For. */
  isDeceived: boolean
}

const go = async <K extends string>(
  asking: Asking,
  way: Way,
  questions: Readonly<Record<K, string>>,
): Promise<Gone<K>> => {
  const named = await asking.addresses(way.host)
  const { port, name, hostHeader: host } = way
  const tries = foundOf(named).map(async address => {
    const place = { address, port, name, ...(port === 443 ? {} : { host }) }
    const replies = await Promise.all(
      Object.entries<string>(questions).map(async ([key, path]) => [
        key,
        await asking.web(place, path),
      ]),
    )
    return {
      address,
      replies: Object.fromEntries(replies) as Try<K>['replies'],
    }
  })
  return { way, named, tries: await Promise.all(tries) }
}

const keys = '/_matrix/key/v2/server'

const federationQuestions = {
  keys,
  version: '/_matrix/federation/v1/version',
}

/** A URL for clients may have a path of its own. */
const prefixOf = ({ pathname }: URL): string => pathname.replace(/\/+$/, '')

/** An alias that nobody has; its slash is lost if a proxy decodes the path. */
const clientQuestions = (name: string, prefix: string) => ({
  keys,
  versions: `${prefix}/_matrix/client/versions`,
  login: `${prefix}/_matrix/client/v3/login`,
  path:
    `${prefix}/_matrix/client/v3/directory/room/` +
    encodeURIComponent(`#cook/doctor:${name}`),
})

/** base_url of a file, or undefined. */
export const baseUrlIn = (file: WellKnown): URL | undefined => {
  const end = endOf(file)
  if (end?.got !== 'answer' || end.answer.status !== 200) {
    return undefined
  }
  const said = objectIn(end.answer.text) ?? {}
  const { base_url: url } = within(said, 'm.homeserver')
  return typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
}

const wayOf = ({ hostname, port, host }: URL): Way => {
  const name = hostname.replace(/^\[|\]$/g, '')
  return {
    ...{ by: 'name', delegated: false, host: name, name },
    ...{ port: Number(port || 443), hostHeader: host, portless: port === '' },
  }
}

// RFC 5737: nobody has this address.
const madeUp = '203.0.113.113'

// In milliseconds. Synapse writes the line when the answer is complete.
const [pause, pauses] = [25, 12]

/**
 * Whether Synapse takes a client's X-Forwarded-For for its address. Its log
 * shows that, from the level INFO on.
 */
const deceived = async (
  asking: Asking,
  client: Gone<string>,
  prefix: string,
  host: Host,
): Promise<boolean> => {
  const { port, name } = client.way
  const [at] = client.tries.filter(({ replies }) =>
    Object.values(replies).some(({ got }) => got === 'answer'),
  )
  if (at === undefined) {
    return false
  }
  const number = randomInt(2 ** 47)
  const tail = host.follow(paths.synapseLog)
  try {
    const { address } = at
    const path = `${prefix}/_matrix/client/versions?cook-doctor=${number}`
    const headers = { 'x-forwarded-for': madeUp }
    await asking.web({ address, port, name }, path, headers)
    for (let n = 0; n < pauses; n++) {
      const line = tail.lines().lines.find(each => each.includes(`=${number} `))
      if (line !== undefined) {
        return line.includes(` ${madeUp} `)
      }
      await sleep(pause)
    }
    return false
  } finally {
    tail.end()
  }
}

const throughProxy = async (
  aim: Aim,
  asking: Asking,
  client: Gone<string> | undefined,
  prefix: string,
  host: Host,
) => {
  const { here } = aim
  if (client === undefined) {
    return { refusal: undefined, open: [], isDeceived: false }
  }
  const { signal, roots } = asking
  const { port, name } = client.way
  const path = `${prefix}/_matrix/media/v3/upload`
  const [first] = client.tries
  const behindProxy = here?.noSsl !== false
  const addresses = client.tries
    .map(({ address }) => address)
    .filter(each => behindProxy && !here?.addresses.includes(each))
  const [refusal, isDeceived, open] = await Promise.all([
    here && first?.replies['versions']?.got === 'answer'
      ? refusalOf({ address: first.address, port, name }, here.maxUpload, {
          ...{ path, roots, signal },
        })
      : undefined,
    here?.noSsl ? deceived(asking, client, prefix, host) : false,
    Promise.all(
      addresses.map(async address => {
        const place = { address, port: 8008, name }
        return (await isOpen(place, signal)) ? address : undefined
      }),
    ),
  ])
  return { refusal, isDeceived, open: open.filter(each => each !== undefined) }
}

// In milliseconds: less than cook doctor waits for a look.
const patience = 3300

/** Asks everything; it throws nothing. */
export const observe = async (aim: Aim, sight: Sight): Promise<Observed> => {
  const { here, server } = aim
  const limit = AbortSignal.timeout(patience)
  const signal = AbortSignal.any([sight.signal, limit])
  const asking = newAsking(aim.roots ?? [], signal)
  const federation = async () => {
    const discovery = await discover(asking, server)
    const ways = discovery.ways.map(way => go(asking, way, federationQuestions))
    return { discovery, federation: await Promise.all(ways) }
  }
  const file = wellKnown(asking, server.host, 'client')
  const client = async () => {
    // Without a file nobody says where clients connect but the name itself.
    const url =
      here?.publicUrl ??
      baseUrlIn(await file) ??
      new URL(`https://${server.name}/`)
    const gone =
      url.protocol === 'https:'
        ? await go(
            asking,
            wayOf(url),
            clientQuestions(server.name, prefixOf(url)),
          )
        : undefined
    return {
      client: gone,
      ...(await throughProxy(aim, asking, gone, prefixOf(url), sight.host)),
    }
  }
  const none = { discovery: undefined, federation: [] }
  const [clientFile, found, seen] = await Promise.all([
    file,
    here?.federation === false ? none : federation(),
    client(),
  ])
  return { clientFile, ...found, ...seen }
}
