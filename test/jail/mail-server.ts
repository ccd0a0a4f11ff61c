// A mail server in a jail's network, on several ports. As a program it reads
// its settings as a line of JSON and prints lines of JSON: each mail, and the
// bytes of each connection that has ended.

import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SMTPServer } from 'smtp-server'
import type { Pair } from './authority.ts'
import type { Jail } from './jail.ts'
import type { Life } from './life.ts'

export interface Port {
  port: number
  /** TLS from the first byte, by STARTTLS, or not at all. */
  tls: 'implicit' | 'starttls' | 'none'
  /** The login methods that it offers. */
  auth: string[]
  /** Its certificate. */
  pair: Pair
  /** Its reply to each recipient, if it takes none. */
  refuses?: { code: number; text: string }
  /** Its reply to each sender, if it takes none. */
  refusesSender?: { code: number; text: string }
}

export interface MailServer {
  address: string
  ports: Port[]
  /** The login that it accepts. */
  login: { user: string; password: string }
}

/** A mail as it arrived. */
export interface Arrived {
  kind: 'mail'
  port: number
  /** Whether it was sent over TLS. */
  secure: boolean
  user: string
  /** The arguments of MAIL FROM and RCPT TO. */
  from: string
  to: string[]
  /** The mail itself, in Latin-1: a character for each byte. */
  raw: string
}

/** A connection that has ended. */
export interface Ended {
  kind: 'ended'
  port: number
  /** What the client sent, in Latin-1. */
  sent: string
}

const self = fileURLToPath(import.meta.url)

const say = (what: Arrived | Ended | { kind: 'up' }): void =>
  console.log(JSON.stringify(what))

const refusalOf = (reply: Port['refuses']) =>
  reply && Object.assign(new Error(reply.text), { responseCode: reply.code })

const smtp = async (
  { port, tls, auth, pair, refuses, refusesSender }: Port,
  { login }: MailServer,
): Promise<number> => {
  const server = new SMTPServer({
    logger: false,
    secure: tls === 'implicit',
    cert: pair.certificate,
    key: pair.key,
    disabledCommands: tls === 'starttls' ? [] : ['STARTTLS'],
    authMethods: auth,
    // It accepts unencrypted passwords: whether it gets one is for the
    // client to decide.
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth: ({ method, username, password, validatePassword }, _, done) =>
      username === login.user &&
      (method === 'CRAM-MD5'
        ? validatePassword(login.password)
        : password === login.password)
        ? done(null, { user: username })
        : done(new Error('who is that?')),
    onMailFrom: (_, __, done) => done(refusalOf(refusesSender)),
    onRcptTo: (_, __, done) => done(refusalOf(refuses)),
    onData: async (stream, { secure, user, envelope }, done) => {
      const raw = (await buffer(stream)).toString('latin1')
      const from = envelope.mailFrom ? envelope.mailFrom.address : ''
      const to = envelope.rcptTo.map(({ address }) => address)
      say({ kind: 'mail', port, secure, user: String(user), from, to, raw })
      done()
    },
  })
  server.on('error', () => {})
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return (listening.address() as AddressInfo).port
}

/** Forwards everything and records what the client sends. */
const listen = async (address: string, port: number, inner: number) => {
  const server = createServer(client => {
    const behind = connect(inner, '127.0.0.1')
    const chunks: Buffer[] = []
    client.on('data', (chunk: Buffer) => chunks.push(chunk))
    client.on('close', () => {
      behind.destroy()
      const sent = Buffer.concat(chunks).toString('latin1')
      say({ kind: 'ended', port, sent })
    })
    // After TLS a client may leave its half of the connection open for ever.
    behind.on('close', () => client.destroySoon())
    for (const socket of [client, behind]) socket.on('error', () => {})
    client.pipe(behind).pipe(client)
  })
  server.listen(port, address)
  await once(server, 'listening')
}

export interface Post {
  /** Waits for the next mail and removes it from the list. */
  mail(): Promise<Arrived>
  /** The connections that have ended since the last call, at least one. */
  ended(): Promise<Ended[]>
  /** The number of mails in the list. */
  waiting(): number
}

/** Starts a mail server in a jail's network; it ends with the test. */
export const startMailServer = async (
  t: Life,
  jail: Jail,
  what: MailServer,
): Promise<Post> => {
  const child = jail.spawn(
    ['/usr/bin/setpriv', '--pdeathsig=KILL', '--', process.execPath, self],
    { host: true, env: {}, input: JSON.stringify(what) },
  )
  t.teardown(async () => {
    if (child.exitCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
  const mails: Arrived[] = []
  const ended: Ended[] = []
  let isUp = false
  createInterface({ input: child.stdout! }).on('line', line => {
    const said = JSON.parse(line) as Arrived | Ended | { kind: 'up' }
    if (said.kind === 'mail') mails.push(said)
    else if (said.kind === 'ended') ended.push(said)
    else isUp = true
  })
  let complaints = ''
  child.stderr!.on('data', data => (complaints += String(data)))

  const until = async (is: () => boolean, what: string): Promise<void> => {
    for (let wait = 0; !is(); wait += 20) {
      if (wait > 20_000 || child.exitCode !== null) {
        throw new Error(`no ${what} from the mail server: ${complaints}`)
      }
      await setTimeout(20)
    }
  }
  await until(() => isUp, 'word')
  return {
    mail: async () => {
      await until(() => mails.length > 0, 'mail')
      return mails.shift()!
    },
    ended: async () => {
      await until(() => ended.length > 0, 'connection')
      return ended.splice(0)
    },
    waiting: () => mails.length,
  }
}

if (process.argv[1] === self) {
  const what = JSON.parse(await text(process.stdin)) as MailServer
  for (const each of what.ports) {
    await listen(what.address, each.port, await smtp(each, what))
  }
  say({ kind: 'up' })
}
