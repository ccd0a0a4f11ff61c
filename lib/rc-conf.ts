// rc.conf(5) is a file of sh assignments; the last one of a name counts. Only
// plain words and plain quotes are understood here.

import type { Host } from './host.ts'
import { paths } from './paths.ts'

const assignment = (name: string): RegExp =>
  new RegExp(`^[ \\t]*${name}=(?:"([^"\`$\\\\]*)"|'([^']*)'|([\\w./-]*))[ \\t]*(?:#.*)?$`)

/** The value that a text of rc.conf gives a variable. */
export const valueIn = (text: string, name: string): string | undefined => {
  const last = text
    .split('\n')
    .findLast(line => line.trimStart().startsWith(`${name}=`))
  const [, double, single, plain] = last?.match(assignment(name)) ?? []
  return double ?? single ?? plain
}

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
