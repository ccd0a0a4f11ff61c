// People whose messages are encrypted end to end. Each line of standard input
// is a JSON array, a command and its arguments; each is answered with one line.
//   node encrypted.ts URL
//     ["login", USER, PASSWORD]     syncs from now on; has sent one-time keys
//     ["offline", USER]             none of its requests is sent any more
//     ["online", USER]              syncs again, as if it had no cache
//     ["talk", USER, OTHER, TEXT]   a new encrypted room, and a message there
//     ["read", USER, ROOM, EVENT]   joins, and waits until the message can be
//                                   read, or is known to be unreadable

import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ClientEvent,
  createClient,
  Preset,
  type MatrixClient,
} from 'matrix-js-sdk'

const [baseUrl = ''] = process.argv.slice(2)

// Node warns of the localStorage that the SDK accesses; the SDK logs.
process.removeAllListeners('warning')
const { log } = console
for (const level of ['trace', 'debug', 'info', 'log', 'warn', 'error']) {
  Object.assign(console, { [level]: () => {} })
}

interface Person {
  client: MatrixClient
  /** Whether its requests are sent. */
  online: boolean
  /** Whether its next sync is a first one. */
  anew: boolean
}

const people = new Map<string, Person>()

const until = async <T>(look: () => Promise<T | undefined> | T | undefined) => {
  for (;;) {
    const found = await look()
    if (found) {
      return found
    }
    await sleep(100)
  }
}

const keyCount = async (client: MatrixClient): Promise<number> => {
  const { one_time_key_counts: counts } = await client.uploadKeysRequest({})
  return counts['signed_curve25519'] ?? 0
}

const login = async (user: string, password: string) => {
  const { access_token, user_id, device_id } = await createClient({
    baseUrl,
  }).loginRequest({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user },
    password,
  })
  const person: Person = {
    online: true,
    anew: false,
    client: createClient({
      ...{ baseUrl, accessToken: access_token },
      ...{ userId: user_id, deviceId: device_id },
      fetchFn: async (input, init) => {
        const url = new URL(String(input))
        if (!person.online) {
          throw new TypeError('offline')
        }
        if (person.anew && url.pathname.endsWith('/sync')) {
          // A server that was set back does not know the old token.
          url.searchParams.delete('since')
          person.anew = false
        }
        return fetch(url, init)
      },
    }),
  }
  const { client } = person
  await client.initRustCrypto({ useIndexedDB: false })
  // In milliseconds: a sync without news ends after this time.
  await client.startClient({ pollTimeout: 1000 })
  people.set(user, person)
  return { keys: await until(() => keyCount(client)), user: user_id }
}

const talk = async ({ client }: Person, other: string, text: string) => {
  const { room_id } = await client.createRoom({
    preset: Preset.TrustedPrivateChat,
    invite: [other],
    initial_state: [
      {
        type: 'm.room.encryption',
        content: { algorithm: 'm.megolm.v1.aes-sha2' },
      },
    ],
  })
  // Only then does the client know that it must encrypt, and for whom.
  await until(() => {
    const room = client.getRoom(room_id)
    return room?.hasEncryptionStateEvent() && room.getMember(other)
  })
  const { event_id } = await client.sendTextMessage(room_id, text)
  return { room: room_id, event: event_id }
}

const read = async ({ client }: Person, room: string, event: string) => {
  await until(() => client.joinRoom(room).catch(() => undefined))
  const found = await until(() =>
    client
      .getRoom(room)
      ?.getLiveTimeline()
      .getEvents()
      .find(each => each.getId() === event),
  )
  // The key to it is sent before the message is, so a sync has brought it. But
  // the message may have been looked at first.
  let syncs = 0
  client.on(ClientEvent.Sync, () => void syncs++)
  await until(
    () =>
      !found.isBeingDecrypted() &&
      (syncs > 3 || (found.getClearContent() && !found.isDecryptionFailure())),
  )
  return found.isDecryptionFailure()
    ? { unreadable: found.decryptionFailureReason }
    : { text: found.getClearContent()?.['body'] }
}

const answer = async ([command, user = '', ...args]: string[]) => {
  const person = people.get(user)!
  const [first = '', second = ''] = args
  switch (command) {
    case 'login':
      return login(user, first)
    case 'talk':
      return talk(person, first, second)
    case 'read':
      return read(person, first, second)
    default:
      person.online = command === 'online'
      person.anew = true
      return {}
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line)).catch(({ message }) => ({
    error: message,
  }))
  log(JSON.stringify(reply))
}
process.exit(0) // the clients' timers would keep it
