// A client in a browser that has no more than Element's layout: it learns its
// homeserver from config.json of its own origin, as Element does, logs in, makes
// a room, sends, and shows what has come back.

import { createClient, Preset, RoomEvent } from 'matrix-js-sdk'

// The part of a browser's interface that is used here.
interface Part {
  textContent: string
  value: string
  append(part: Part): void
  addEventListener(
    event: 'submit',
    heard: (event: { preventDefault(): void }) => void,
  ): void
}
declare const document: {
  querySelector(selector: string): Part
  createElement(name: string): Part
}
declare const location: { hostname: string }

const find = (selector: string): Part => document.querySelector(selector)

interface Config {
  default_server_config: {
    'm.homeserver': { base_url: string; server_name: string }
  }
}

// Element asks for the configuration of its host first, and takes the other one
// if there is none.
const configuration = async (): Promise<Config> => {
  for (const name of [`config.${location.hostname}.json`, 'config.json']) {
    const answer = await fetch(name, { cache: 'no-cache' })
    if (answer.ok) {
      return (await answer.json()) as Config
    }
  }
  throw new Error('there is no config.json')
}

const show = (text: string): void => {
  const line = document.createElement('li')
  line.textContent = text
  find('#messages').append(line)
}

const start = async (): Promise<void> => {
  const config = await configuration()
  const server = config.default_server_config['m.homeserver']
  find('h1').textContent = server.server_name
  find('form').addEventListener('submit', event => {
    event.preventDefault()
    talk(server.base_url).catch((error: unknown) => {
      find('#state').textContent = `failed: ${error}`
    })
  })
  find('#state').textContent = 'ready'
}

const talk = async (baseUrl: string): Promise<void> => {
  const reply = await createClient({ baseUrl }).loginRequest({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: find('#user').value },
    password: find('#password').value,
  })
  const client = createClient({
    ...{ baseUrl, accessToken: reply.access_token },
    ...{ userId: reply.user_id, deviceId: reply.device_id },
  })
  client.on(RoomEvent.Timeline, event => {
    if (event.getType() === 'm.room.message') {
      show(`${event.getSender()}: ${event.getContent()['body']}`)
    }
  })
  await client.startClient()
  const { room_id: room } = await client.createRoom({
    ...{ name: 'A room', preset: Preset.PrivateChat },
  })
  const text = find('#text').value
  const { event_id: event } = await client.sendTextMessage(room, text)
  find('#state').textContent = JSON.stringify({ room, event })
}

start().catch((error: unknown) => {
  find('#state').textContent = `failed: ${error}`
})
