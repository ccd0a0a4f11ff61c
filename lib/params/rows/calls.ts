import type { Row } from '../row.ts'

/** Servers that carry calls. */
export const calls = [
  {
    name: 'TURNURIS',
    flag: 'turn-uris',
    kind: 'turnUris',
    group: 'calls',
    absent: 'calls of two have no relay',
    example: 'turn:turn.example.com?transport=udp',
    help: 'where the TURN server relays calls of two; needs TURNSECRET',
  },
  {
    name: 'TURNSECRET',
    flag: 'turn-secret',
    kind: 'secret',
    group: 'calls',
    absent: 'calls of two have no relay',
    example: 'its static-auth-secret',
    help: 'the secret that the TURN server shares with Synapse; needs TURNURIS',
  },
  {
    name: 'RTCURL',
    flag: 'rtc-url',
    kind: 'websocketUrl',
    group: 'calls',
    absent: 'clients find no server for Element Call',
    example: 'wss://rtc.example.com',
    help: 'the LiveKit server, for Element Call; needs RTCJWT',
  },
  {
    name: 'RTCJWT',
    flag: 'rtc-jwt',
    kind: 'serviceUrl',
    group: 'calls',
    absent: 'clients find no server for Element Call',
    example: 'https://rtc.example.com/jwt',
    help: 'its lk-jwt-service, which lets users in; needs RTCURL',
  },
] as const satisfies readonly Row[]
