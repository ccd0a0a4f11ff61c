// Pages formatted by mandoc(1), which is in FreeBSD's base system.
import { spawnSync } from 'node:child_process'

/** The output of mandoc(1) for a page. */
export const mandoc = (page: string, args: readonly string[]): string => {
  const { error, stdout, stderr } = spawnSync('mandoc', args, {
    input: page,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  })
  if (error !== undefined) {
    throw error
  }
  return stdout + stderr
}

/** The formatted page without emphasis. */
export const asRead = (page: string): string =>
  // Bold and underlined letters are written with a backspace.
  mandoc(page, ['-Tutf8', '-Owidth=78']).replaceAll(/.\x08/gu, '')
