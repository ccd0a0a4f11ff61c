// Caddy's logs: no token is in them.

import { paths } from '../../../contract/paths.ts'

const megabytes = { roll_size_mb: 10, roll_keep: 5 }

const file = (filename: string) => ({
  output: 'file',
  filename,
  ...megabytes,
})

// A query may have an access_token or a loginToken, and so may what a header
// repeats of it. Caddy hides Authorization and cookies itself, but only it can
// say for how long.
const without = {
  'request>uri': { filter: 'regexp', regexp: '\\?.*', value: '' },
  'request>headers': { filter: 'delete' },
  resp_headers: { filter: 'delete' },
}

const filtered = (wrap: object) => ({ format: 'filter', wrap, fields: without })

const access = 'http.log.access'

/** @param isLogged whether each request is logged */
export const loggingOf = (isLogged: boolean): object => ({
  logs: {
    default: {
      writer: file(paths.caddyLog),
      encoder: filtered({ format: 'console', level_format: 'upper' }),
      exclude: [access],
    },
    ...(isLogged
      ? {
          access: {
            writer: file(paths.accessLog),
            encoder: filtered({ format: 'json' }),
            include: [access],
          },
        }
      : {}),
  },
})
