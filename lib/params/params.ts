import type { Value } from './kind.ts'
import type { Row } from './row.ts'
import { edge } from './rows/edge.ts'
import { calls } from './rows/calls.ts'
import { jail } from './rows/jail.ts'
import { ldap } from './rows/ldap.ts'
import { mail } from './rows/mail.ts'
import { registration } from './rows/registration.ts'
import { server } from './rows/server.ts'

/**
 * THE table. Types, parsing, help and documentation are derived from it: a new
 * parameter is one row in rows/ and one line in a template.
 */
export const params = [
  ...server,
  ...edge,
  ...registration,
  ...mail,
  ...ldap,
  ...calls,
  ...jail,
] as const satisfies readonly Row[]

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S

type Known = (typeof params)[number]

/** The names as an administrator writes them: `SMTPPORT`. */
export type ParamName = Known['name']

/** The names inside the program: `smtpPort`. */
type ParamKey = Camel<Known['flag']>

/** Validated parameters: after `check` nothing validates them again. */
export type Params = {
  readonly [R in Known as Camel<R['flag']>]: R extends
    | { required: true }
    | { default: string }
    ? Value<R['kind']>
    : Value<R['kind']> | undefined
}

/** All rows, with the general type. */
export const rows: readonly Row[] = params

/** `smtp-port` to `smtpPort`. */
export const paramKey = (row: Row): ParamKey =>
  row.flag.replace(/-(.)/g, (_, c: string) => c.toUpperCase()) as ParamKey
