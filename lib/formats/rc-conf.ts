// rc.conf(5) is a file of sh(1) assignments; the last one of a name counts.
// This module parses only plain words and plain quotes.

import type { Host } from '../host/host.ts'
import { paths } from '../contract/paths.ts'

const assignment = (name: string): RegExp => {
  const value = `(?:"([^"\`$\\\\]*)"|'([^']*)'|([\\w./-]*))`
  return new RegExp(`^[ \\t]*${name}=${value}(?:[ \\t]+(?:#.*)?)?$`)
}

/** The last assignment of a variable. */
interface Assigned {
  /** The number of the line, or -1. */
  at: number
  /** Undefined if the line cannot be parsed. */
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

/** The value of a variable in the text of an rc.conf. */
export const valueIn = (text: string, name: string): string | undefined =>
  assigned(text.split('\n'), name).value

/** The value of a variable for a service, from all files that rc(8) reads. */
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

/** Whether rc(8) starts a service at boot (checkyesno of rc.subr(8)). */
export const isEnabled = (host: Host, service: string): boolean =>
  /^(yes|true|on|1)$/i.test(rcValue(host, service, `${service}_enable`) ?? '')
