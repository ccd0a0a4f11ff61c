// What clients learn from /.well-known/matrix/client, whoever serves it.

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

/**
 * What cook adds to the object: Synapse adds the same
 * (extra_well_known_client_content in homeserver.yaml).
 */
export const extraWellKnown = ({
  rtcJwt,
}: Pick<Params, 'rtcJwt'>): Readonly<Record<string, unknown>> =>
  rtcJwt === undefined
    ? {}
    : {
        'org.matrix.msc4143.rtc_foci': [
          { type: 'livekit', livekit_service_url: rtcJwt },
        ],
      }

/**
 * The whole object, for a server before Synapse that answers itself.
 * @param baseUrl where clients reach the homeserver; it ends with a slash
 */
export const clientWellKnown = (
  baseUrl: string,
  params: Pick<Params, 'rtcJwt'>,
): Readonly<Record<string, unknown>> => ({
  'm.homeserver': { base_url: baseUrl },
  ...extraWellKnown(params),
})
