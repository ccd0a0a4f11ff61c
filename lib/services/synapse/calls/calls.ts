import type { Params } from '../../../params/params.ts'

/** Servers that stand elsewhere and carry calls, for Synapse's configuration. */
export const calls = ({
  turnUris,
  turnSecret,
  rtcUrl,
  rtcJwt,
}: Pick<Params, 'turnUris' | 'turnSecret' | 'rtcUrl' | 'rtcJwt'>) => ({
  turn:
    turnUris === undefined ? undefined : { uris: turnUris, secret: turnSecret },
  rtc: rtcUrl === undefined ? undefined : { url: rtcUrl, jwt: rtcJwt },
})
