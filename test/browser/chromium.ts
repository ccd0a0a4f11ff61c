// A person's browser in the network of a test jail: Chromium, which trusts the
// authorities that it is given, and no exception beyond them.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Jail } from '../jail/jail.ts'
import type { Life } from '../jail/life.ts'
import { protocolOf, type Protocol } from './protocol.ts'

/** Why there is no browser on this machine, or false if there is one. */
export const whyNoBrowser = (): string | false => {
  const missing = ['chromium', 'certutil'].find(
    name => spawnSync(name, ['--help']).error !== undefined,
  )
  return missing === undefined ? false : `no ${missing} (make needs)`
}

export interface Look {
  width: number
  height: number
  scheme?: 'light' | 'dark'
}

export interface Page {
  /** Opens a URL; an error is Chromium's own word for it. */
  open(url: string): Promise<void>
  /** What an expression is in the page; a promise is waited for. */
  read(expression: string): Promise<unknown>
  /** As a phone, or as a screen, in light or dark. */
  looks(look: Look): Promise<void>
  /** Writes a PNG of what is seen. */
  photograph(path: string): Promise<void>
  /** What the browser complained of, such as a policy that was broken. */
  complaints: string[]
}

const fonts = 'fonts.conf'

/** Makes a home with what the browser reads there. */
const prepare = async (
  jail: Jail,
  authorities: readonly string[],
): Promise<string> => {
  const outside = mkdtempSync(jail.path('/root/person-'))
  const home = `/root/${basename(outside)}`
  writeFileSync(
    join(outside, fonts),
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">' +
      '<fontconfig><dir>/usr/share/fonts</dir>' +
      '<alias><family>sans-serif</family>' +
      '<prefer><family>DejaVu Sans</family></prefer></alias>' +
      '<alias><family>system-ui</family>' +
      '<prefer><family>DejaVu Sans</family></prefer></alias>' +
      '<cachedir>/tmp/fonts</cachedir></fontconfig>\n',
  )
  // Debian's script for Chromium wants at least one file here.
  mkdirSync(jail.path('/etc/chromium.d'), { recursive: true })
  writeFileSync(jail.path('/etc/chromium.d/none'), '')
  // Chromium's place for what a user trusts, on Linux.
  mkdirSync(join(outside, '.pki/nssdb'), { recursive: true })
  const certutil = async (args: string[], input = '') => {
    const argv = ['certutil', '-d', `sql:${home}/.pki/nssdb`, ...args]
    const { code, stderr } = await jail.exec(argv, { input })
    if (code !== 0) {
      throw new Error(`certutil exits ${code}: ${stderr}`)
    }
  }
  await certutil(['-N', '--empty-password'])
  for (const [index, pem] of authorities.entries()) {
    await certutil(['-A', '-a', '-n', `authority ${index}`, '-t', 'C,,'], pem)
  }
  return home
}

const flags = [
  '--headless',
  // Root cannot use its sandbox.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-extensions',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  '--hide-scrollbars',
  '--remote-debugging-pipe',
]

const pageOf = async (protocol: Protocol): Promise<Page> => {
  const { targetId } = await protocol.send('Target.createTarget', {
    url: 'about:blank',
  })
  const attached = await protocol.send('Target.attachToTarget', {
    targetId,
    flatten: true,
  })
  const session = String(attached['sessionId'])
  const send = (method: string, params: Record<string, unknown> = {}) =>
    protocol.send(method, params, session)
  const complaints: string[] = []
  let loaded = () => {}
  protocol.listen(session, (method, params) => {
    if (method === 'Page.loadEventFired') {
      loaded()
    } else if (method === 'Log.entryAdded') {
      const { level, text, url } = params['entry'] as Record<string, string>
      level === 'error' && complaints.push(`${text} ${url ?? ''}`)
    }
  })
  await send('Page.enable')
  await send('Log.enable')

  return {
    complaints,
    open: async url => {
      const end = new Promise<void>(resolve => (loaded = resolve))
      const { errorText } = await send('Page.navigate', { url })
      if (errorText !== undefined) {
        throw new Error(`${url}: ${errorText}`)
      }
      await end
    },
    read: async expression => {
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        ...{ expression, awaitPromise: true, returnByValue: true },
      })
      if (exceptionDetails !== undefined) {
        throw new Error(JSON.stringify(exceptionDetails))
      }
      return (result as { value?: unknown }).value
    },
    looks: async ({ width, height, scheme = 'light' }) => {
      await send('Emulation.setDeviceMetricsOverride', {
        ...{ width, height, deviceScaleFactor: 1, mobile: width < 600 },
      })
      await send('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      })
    },
    photograph: async path => {
      const { data } = await send('Page.captureScreenshot', { format: 'png' })
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, Buffer.from(String(data), 'base64'))
    },
  }
}

/**
 * Starts a browser for as long as the test lasts.
 * @param address where every host name below example.com leads
 * @param authorities the only ones that it trusts besides its own, in PEM
 */
export const browse = async (
  t: Life,
  jail: Jail,
  address: string,
  authorities: readonly string[],
): Promise<Page> => {
  const home = await prepare(jail, authorities)
  const rules = `--host-resolver-rules=MAP *.example.com ${address}`
  // It reads commands from 3 and writes to 4.
  const command = 'exec chromium "$@" 3<&0 4>&1 </dev/null >&2'
  const browser = jail.spawn(['sh', '-c', command, 'sh', ...flags, rules], {
    env: {
      ...{ HOME: home, PATH: '/usr/bin:/bin' },
      FONTCONFIG_FILE: `${home}/${fonts}`,
    },
  })
  const closed = new Promise(resolve => browser.once('close', resolve))
  const protocol = protocolOf(browser)
  t.teardown(async () => {
    await protocol.send('Browser.close').catch(() => {})
    await closed
  })
  return pageOf(protocol)
}
