import type { Host } from '../host/host.ts'
import type { Params } from '../params/params.ts'
import { oldSigningKeyPath, paths } from '../contract/paths.ts'
import { isEnabled } from '../formats/rc-conf.ts'
import { listed, show, type Report } from '../contract/report.ts'

const linesOf = (host: Host, path: string): string[] =>
  host.look(path)?.type === 'file' ? (host.text(path) ?? '').split('\n') : []

const saysSomething = (line: string): boolean => !/^\s*(#|$)/.test(line)

/** Variables that are set more than once. */
const setTwice = (lines: readonly string[]): string[] => {
  const names = lines.flatMap(line => line.match(/^\s*(\w+)=/)?.[1] ?? [])
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
}

const lax = /^\s*StrictModes\s+no\b/i

// These contain secrets, and nothing reads them any more.
const leftSecrets = ['/root/.env.cook', `${paths.homeserver}.generated`]

/**
 * Warns of what potluck's shell cook left in a jail. cook does not touch it:
 * the administrator has to remove it.
 */
export const warnOfRemains = (
  host: Host,
  { domain, noSsl, edge }: Partial<Params>,
  report: Report,
): void => {
  const name = (path: string, message: string): void =>
    report.warning(path, undefined, message)
  linesOf(host, paths.crontab).forEach((line, at) => {
    if (saysSomething(line) && line.includes('certrenew')) {
      const what = "renews the certificate of potluck's nginx, not cook's"
      const short = show(line.trim().replaceAll(/\s+/g, ' '))
      name(paths.crontab, `line ${at + 1}, ${short}, ${what}`)
    }
  })
  const twice = setTwice(linesOf(host, paths.rcConf))
  if (twice.length > 0) {
    name(paths.rcConf, `sets variables more than once: ${twice.join(', ')}`)
  }
  const ports = edge ? ['80', '443', '8448'] : ['8448']
  const taken = linesOf(host, paths.nginxConfig).flatMap(line => {
    const [, port = ''] = line.match(/^\s*listen\s+(?:\S*:)?(\d+)\b/) ?? []
    return ports.includes(port) ? [port] : []
  })
  if (noSsl === false && taken.length > 0 && isEnabled(host, 'nginx')) {
    const [who, how] = edge
      ? ['Caddy', 'EDGE=no and NOSSL=yes']
      : ['Synapse itself', 'NOSSL=yes']
    const message =
      `makes nginx listen on ${listed([...new Set(taken)])}, where ${who} ` +
      'listens now: run service nginx stop and service nginx disable, or keep ' +
      `it with ${how}`
    name(paths.nginxConfig, message)
  }
  if (linesOf(host, paths.sshdConfig).some(line => lax.test(line))) {
    const message =
      'has StrictModes no: sshd accepts keys that others can change'
    name(paths.sshdConfig, message)
  }
  leftSecrets
    .filter(path => host.look(path) !== undefined)
    .forEach(path => name(path, 'contains secrets and is no longer read'))
  const key = domain && oldSigningKeyPath(domain.name)
  if (key !== undefined && ((host.look(key)?.mode ?? 0) & 0o004) !== 0) {
    name(key, 'is readable by every user of the jail: run chmod o-r on it')
  }
}
