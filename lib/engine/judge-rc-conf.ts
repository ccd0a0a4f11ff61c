import type { Host } from '../host/host.ts'
import { isPlain, notNames } from '../formats/rc-syntax.ts'
import { paths } from '../contract/paths.ts'
import type { Report } from '../contract/report.ts'
import { textOrFault } from './data-set/text-or-fault.ts'

// In seconds. sh(1) only reads the file.
const longest = 10

/** Why sh(1) cannot read rc.conf, or undefined. It runs nothing of it. */
const syntaxError = async (host: Host): Promise<string | undefined> => {
  const file = `${host.live ? '' : host.root}${paths.rcConf}`
  const { code, late, stderr } = await host.run('sh', ['-n', file], longest)
  return code === 0 || late
    ? undefined
    : stderr
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(`${file}: `, '')
        .replace(/^(?=\d+: )/, 'line ')
}

/**
 * Reports an rc.conf that sh(1) cannot read: rc(8) then starts no service, and
 * what cook adds has no effect. sysrc(8) leaves such a file after a new value
 * with a quotation mark. A program runs only if the text is not plain.
 */
export const judgeRcConf = async (
  host: Host,
  report: Report,
): Promise<void> => {
  const text = textOrFault(host, paths.rcConf, report) ?? ''
  for (const name of notNames(text)) {
    const message =
      `${name} is not the name of a variable, so sh(1) runs that line as a ` +
      'command each time that it reads the file: remove the line'
    report.warning(paths.rcConf, undefined, message)
  }
  const why = isPlain(text) ? undefined : await syntaxError(host)
  if (why !== undefined) {
    const message = `sh(1) cannot read it, so rc(8) starts no service: correct it (${why})`
    report.error(paths.rcConf, undefined, message)
  }
}
