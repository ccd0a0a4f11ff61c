// Mail for the users of a homeserver: a mail server in the jail's network, and
// what users do with mails.

import { appendFileSync, writeFileSync } from 'node:fs'
import { makeAuthority } from '../../jail/authority.ts'
import type { Answer } from '../../jail/fetch.ts'
import type { Life } from '../../jail/life.ts'
import {
  startMailServer,
  type Port,
  type Post,
} from '../../jail/mail-server.ts'
import { readMessage, type Message } from '../../jail/message.ts'
import { address, settle, type Kind, type Setting } from '../setting.ts'
import { certificates } from '../certificates/system-certificates.ts'

export const mailHost = 'mail.example.com'

/** The authority of the ports that are strange. */
export const ownCa = '/root/mail-ca.pem'

const mailAddress = '10.192.0.25'

/** The login of the sender: safe in every login method, language and file. */
export const login = {
  user: 'm"x\'%s%%(a)s\\ü🔑$(id)`#:@example.com',
  password: ' "p" \'w\' \\n %(app)s %% ü 🔑 ${HOME} `id` #: {x}, ',
}

export interface Served {
  setting: Setting
  post: Post
}

/** A jail whose network has a mail server with these ports. */
export const settleWithMail = async (
  t: Life,
  kind: Kind,
  ports: readonly (Omit<Port, 'pair'> & { isStrange?: boolean })[],
): Promise<Served> => {
  const authority = makeAuthority('The authority')
  const pair = authority.sign(`DNS:${mailHost}`)
  const another = makeAuthority('Another one')
  const strange = another.sign(`DNS:${mailHost}`)
  const setting = await settle(t, kind, {
    addresses: [address, mailAddress],
    mounts: { '/etc/ssl/certs': certificates(t, authority) },
  })
  const { jail } = setting
  appendFileSync(jail.path('/etc/hosts'), `${mailAddress} ${mailHost}\n`)
  writeFileSync(jail.path(ownCa), another.certificate)
  const post = await startMailServer(t, jail, {
    address: mailAddress,
    login,
    ports: ports.map(({ isStrange, ...port }) => ({
      ...port,
      pair: isStrange ? strange : pair,
    })),
  })
  return { setting, post }
}

/** The parameters for all ports of the mail server. */
export const mailParameters = {
  SMTPHOST: mailHost,
  SMTPUSER: login.user,
  SMTPPASS: login.password,
  SMTPFROM: 'Matrix <noreply@example.com>',
}

const withoutEntities = (html: string): string =>
  html
    .replaceAll('&#34;', '"')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

/** The link in a mail: the same in its text and its HTML. */
export const linkIn = ({ text, html }: Message): string => {
  const [plain = '', ...others] = text.match(/https?:\/\/\S+/g) ?? []
  const [, linked = ''] = html.match(/<a href="([^"]+)"/) ?? []
  if (plain === '' || others.length > 0 || withoutEntities(linked) !== plain) {
    throw new Error(`no one link: ${text}\n${html}`)
  }
  return plain
}

/** Opens a link as if its host name resolved to the jail. */
export const open = (
  { jail }: Setting,
  link: string,
  init: Parameters<typeof jail.fetch>[1] = {},
): Promise<Answer> => {
  const { pathname, search } = new URL(link)
  const url = `https://${address}:8448${pathname}${search}`
  return jail.fetch(url, { insecure: true, ...init })
}

/** Submits the only form of a page. */
export const submit = (
  setting: Setting,
  link: string,
  html: string,
): Promise<Answer> => {
  const [, attributes, form = ''] =
    html.match(/<form([^>]*)>([^]*?)<\/form>/) ?? []
  if (attributes?.trim() !== 'method="post"') {
    throw new Error(`no form that is sent to its own page: ${html}`)
  }
  const fields = new URLSearchParams()
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const [, name = ''] = input.match(/name="([^"]*)"/) ?? []
    const [, value = ''] = input.match(/value="([^"]*)"/) ?? []
    fields.append(withoutEntities(name), withoutEntities(value))
  }
  return open(setting, link, {
    method: 'POST',
    body: fields.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
}

/** The next mail, parsed. */
export const nextMail = async (post: Post) => {
  const arrived = await post.mail()
  return { ...arrived, message: readMessage(arrived.raw) }
}
