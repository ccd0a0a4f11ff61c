// Parts of Caddy's own configuration (https://caddyserver.com/docs/json/).

/** What a request must be like: all of it. */
export type Matcher = Readonly<Record<string, unknown>>

/** What is done with a request. */
export type Handler = Readonly<{ handler: string; [key: string]: unknown }>

/** What is done with requests that match one of the matchers. */
export interface Route {
  match?: readonly Matcher[]
  handle: readonly Handler[]
  terminal?: true
}
