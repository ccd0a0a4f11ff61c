// rc.conf(5) is a file of sh(1) assignments; the last one of a name counts.
// This module parses only plain words and plain quotes.

import type { Host } from '../host/host.ts'
import { paths } from '../contract/paths.ts'

const assignment = (name: string): RegExp => {
  const value = `(?:"([^"\`$\\\\]*)"|'([^']*)'|([\\w./-]*))`
  return new RegExp(
    `^[ \\t]*${name}=${value}(?:[ \\t]*;?(?:[ \\t]+#.*|[ \\t]*))$`,
  )
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

/** The base system's own values, which every other file may replace. */
export const rcDefaults: readonly string[] = [
  '/etc/defaults/rc.conf',
  '/etc/defaults/vendor.conf',
]

// What sh(1) would take for an assignment, in a form that may be any.
const anyAssignment = (name: string): RegExp =>
  new RegExp(
    `(?:^|[;&|{(]|\\b(?:then|else|do|export|readonly))[ \\t]*${name}=` +
      `|\\$\\{${name}:?=`,
  )

/** Where rc(8) finds a variable set last. */
export interface RcSetting {
  path: string
  /** Undefined if it is set in a form that this module cannot parse. */
  value: string | undefined
}

const settingIn = (
  host: Host,
  path: string,
  name: string,
): RcSetting | undefined => {
  const isLink = host.look(path)?.type === 'link'
  const text = (isLink ? host.textThrough(path) : host.text(path)) ?? ''
  if (!text.includes(name)) {
    return undefined
  }
  const form = anyAssignment(name)
  const line = text
    .split('\n')
    .findLast(each => !/^\s*#/.test(each) && form.test(each))
  return line === undefined ? undefined : { path, value: valueIn(line, name) }
}

const lastIn = (
  host: Host,
  files: readonly string[],
  name: string,
): RcSetting | undefined =>
  files.flatMap(path => settingIn(host, path, name) ?? []).at(-1)

/** The paths in a variable that lists some. */
const listedIn = (
  host: Host,
  files: readonly string[],
  name: string,
  usual: string,
): string[] =>
  (lastIn(host, files, name)?.value ?? usual)
    .split(/\s+/)
    .filter(word => word.startsWith('/'))

const onlyFiles = (host: Host, files: readonly string[]): string[] =>
  files.filter(path => /^(file|link)$/.test(host.look(path)?.type ?? ''))

/** A file, or all files of a directory. */
const filesAt = (host: Host, path: string): string[] =>
  host.look(path)?.type === 'dir'
    ? host.list(path).map(name => `${path}/${name}`)
    : [path]

/**
 * The files that rc(8) reads for a service, in this order: rc.conf(5), and
 * load_rc_config of rc.subr(8).
 */
const filesFor = (host: Host, service: string): string[] => {
  const first = onlyFiles(host, rcDefaults)
  const usual = `${paths.rcConf} ${paths.rcConf}.local`
  const common = listedIn(host, first, 'rc_conf_files', usual)
  const base = [...first, ...onlyFiles(host, common)]
  const dirs = listedIn(host, base, 'local_startup', '/usr/local/etc/rc.d')
  const own = ['/etc', ...dirs]
    .map(dir => `${dir.replace(/\/rc\.d\/?$/, '')}/rc.conf.d/${service}`)
    .flatMap(path => filesAt(host, path))
  return [...base, ...onlyFiles(host, own)]
}

/** Each of these variables that is set, as rc(8) reads it for a service. */
export const rcSettings = (
  host: Host,
  service: string,
  names: readonly string[],
): Map<string, RcSetting> => {
  const files = filesFor(host, service)
  return new Map(
    names.flatMap(name => {
      const last = lastIn(host, files, name)
      return last === undefined ? [] : [[name, last] as const]
    }),
  )
}

/** The value of a variable for a service, from all files that rc(8) reads. */
export const rcValue = (
  host: Host,
  service: string,
  name: string,
): string | undefined => rcSettings(host, service, [name]).get(name)?.value

/** What checkyesno of rc.subr(8) makes of a value; undefined if neither. */
export const yesOrNo = (value: string | undefined): boolean | undefined =>
  /^(yes|true|on|1)$/i.test(value ?? '')
    ? true
    : /^(no|false|off|0)$/i.test(value ?? '')
      ? false
      : undefined

/** Whether rc(8) starts a service at boot. */
export const isEnabled = (host: Host, service: string): boolean =>
  yesOrNo(rcValue(host, service, `${service}_enable`)) === true
