// rc.conf(5) is a file of sh assignments; the last one of a name counts. Only
// plain words and plain quotes are understood here.

import type { Host } from '../host/host.ts'
import { paths } from '../contract/paths.ts'

const assignment = (name: string): RegExp => {
  const value = `(?:"([^"\`$\\\\]*)"|'([^']*)'|([\\w./-]*))`
  return new RegExp(`^[ \\t]*${name}=${value}(?:[ \\t]+(?:#.*)?)?$`)
}

/** Where a variable is set for the last time, and to what. */
interface Assigned {
  /** The number of the line, or -1. */
  at: number
  /** Undefined where the line is not understood. */
  value: string | undefined
}

/** The line of rc.conf that counts for a variable. */
export const assigned = (lines: readonly string[], name: string): Assigned => {
  const at = lines.findLastIndex(line =>
    line.trimStart().startsWith(`${name}=`),
  )
  const [, double, single, plain] = lines[at]?.match(assignment(name)) ?? []
  return { at, value: double ?? single ?? plain }
}

/** The value that a text of rc.conf gives a variable. */
export const valueIn = (text: string, name: string): string | undefined =>
  assigned(text.split('\n'), name).value

/** The value that a variable has for a service, from all files that count. */
export const rcValue = (
  host: Host,
  service: string,
  name: string,
): string | undefined =>
  [
    paths.rcConf,
    `${paths.rcConf}.local`,
    `${paths.rcConf}.d/${service}`,
    `/usr/local${paths.rcConf}.d/${service}`,
  ]
    .filter(path => host.look(path)?.type === 'file')
    .map(path => valueIn(host.text(path) ?? '', name))
    .findLast(value => value !== undefined)

/** Whether rc starts a service at boot (rc.subr's checkyesno). */
export const isEnabled = (host: Host, service: string): boolean =>
  /^(yes|true|on|1)$/i.test(rcValue(host, service, `${service}_enable`) ?? '')
