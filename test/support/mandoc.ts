// Pages as mandoc(1) reads them, which FreeBSD has in its base system.
import { spawnSync } from 'node:child_process'

/** What mandoc answers to a page on its standard input. */
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

/** The page as it is read, without emphasis. */
export const asRead = (page: string): string =>
  // Each letter that is fat or underlined has a backspace in it.
  mandoc(page, ['-Tutf8', '-Owidth=78']).replaceAll(/.\x08/gu, '')
