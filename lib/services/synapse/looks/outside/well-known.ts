// The files below /.well-known/matrix/, as clients and other servers get them.

import { foundOf, type Asking } from './asking.ts'
import type { Reply } from '../../../../net/web.ts'

/** How a well-known file was got. */
export interface WellKnown {
  url: string
  /** Whether the host name of its URL has an address at all. */
  named: boolean
  /** The address that has answered, or the last that has not. */
  address: string | undefined
  /** Each answer, those that redirect included: the last one is the end. */
  replies: { url: URL; reply: Reply }[]
  /** Why a redirect must not be followed. */
  redirect?: string
}

/** The reply of the first address that answers; otherwise of the first. */
const firstReply = async (
  { addresses, web }: Asking,
  { hostname, port, pathname, search }: URL,
): Promise<{ address: string; reply: Reply } | undefined> => {
  const name = hostname.replace(/^\[|\]$/g, '')
  const replies = await Promise.all(
    foundOf(await addresses(name)).map(async address => {
      const place = { address, name, port: Number(port || 443) }
      return { address, reply: await web(place, `${pathname}${search}`) }
    }),
  )
  return replies.find(({ reply }) => reply.got === 'answer') ?? replies[0]
}

// The specification only says that loops should be avoided.
const mostRedirects = 5

const target = (reply: Reply, from: URL): URL | string | undefined => {
  if (reply.got !== 'answer') {
    return undefined
  }
  const { status, headers } = reply.answer
  const { location } = headers
  if (![301, 302, 303, 307, 308].includes(status)) {
    return undefined
  }
  if (location === undefined || !URL.canParse(location, from)) {
    return 'is a redirect to nowhere'
  }
  const to = new URL(location, from)
  return to.protocol === 'https:'
    ? to
    : `is redirected to ${to.protocol}//${to.host.slice(0, 100)}`
}

/** Gets a file, and follows redirects as the specification allows. */
export const wellKnown = async (
  asking: Asking,
  host: string,
  file: 'client' | 'server',
): Promise<WellKnown> => {
  const authority = host.includes(':') ? `[${host}]` : host
  let url = new URL(`https://${authority}/.well-known/matrix/${file}`)
  const got: WellKnown = {
    ...{ url: url.href, named: true, address: undefined, replies: [] },
  }
  const visited = new Set<string>()
  while (!visited.has(url.href) && visited.size <= mostRedirects) {
    visited.add(url.href)
    const first = await firstReply(asking, url)
    if (first === undefined) {
      return { ...got, named: false }
    }
    const { address, reply } = first
    got.address = address
    got.replies.push({ url, reply })
    const to = target(reply, url)
    if (to === undefined) {
      return got
    }
    if (typeof to === 'string') {
      return { ...got, redirect: to }
    }
    url = to
  }
  return { ...got, redirect: 'is redirected in a circle, or too often' }
}

/** The last reply, unless a redirect ends nowhere. */
export const endOf = ({ replies, redirect }: WellKnown): Reply | undefined =>
  redirect === undefined ? replies.at(-1)?.reply : undefined
