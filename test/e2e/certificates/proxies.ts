// The reverse proxies of docs/proxies.md: each starts with the configuration
// that the page gives for it.

import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { makeSelfSigned } from '../../jail/authority.ts'
import type { Jail } from '../../jail/jail.ts'
import { until } from '../../support/until.ts'

const page = readFileSync(
  new URL('../../../docs/proxies.md', import.meta.url),
  'utf8',
)

/** The configuration of a proxy, as the page has it. */
const configuration = (language: string): string => {
  const [, text] =
    page.match(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm')) ?? []
  if (text === undefined) {
    throw new Error(`docs/proxies.md has no ${language}`)
  }
  return text
}

// What the package of FreeBSD has in its nginx.conf.
const nginxConf = (blocks: string): string => {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path /tmp/nginx-${name};`,
  )
  return `user root wheel;
    daemon off;
    pid /tmp/nginx.pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      ${places.join('\n')}
      ${blocks}
    }`
}

interface Proxy {
  program: string
  /** The file of its configuration, and its text. */
  file: string
  text: () => string
  argv: readonly string[]
}

export const proxies: Readonly<Record<string, Proxy>> = {
  nginx: {
    program: '/usr/sbin/nginx',
    file: '/etc/nginx.conf',
    text: () => nginxConf(configuration('nginx')),
    argv: ['-c', '/etc/nginx.conf'],
  },
  Caddy: {
    program: '/usr/bin/caddy',
    file: '/etc/Caddyfile',
    text: () => configuration('caddy'),
    argv: ['run', '--config', '/etc/Caddyfile', '--adapter', 'caddyfile'],
  },
  haproxy: {
    program: '/usr/sbin/haproxy',
    file: '/etc/haproxy.cfg',
    text: () => configuration('haproxy'),
    argv: ['-f', '/etc/haproxy.cfg'],
  },
}

/** Puts the certificate where the page has it. */
export const supplyCertificate = async (jail: Jail): Promise<void> => {
  const names = 'DNS:example.com,DNS:matrix.example.com'
  const { certificate, key } = makeSelfSigned(names)
  await jail.exec(['mkdir', '-p', '/usr/local/etc/ssl'])
  for (const [end, text] of [
    ['crt', certificate],
    ['key', key],
    ['pem', certificate + key],
  ] as const) {
    writeFileSync(jail.path(`/usr/local/etc/ssl/matrix.${end}`), text)
  }
}

/**
 * Starts a proxy, and waits until it answers.
 * @param isUp asks it something
 * @returns a function that stops it
 */
export const startProxy = async (
  jail: Jail,
  { program, file, text, argv }: Proxy,
  isUp: () => Promise<unknown>,
): Promise<() => Promise<void>> => {
  writeFileSync(jail.path(file), text())
  const child = jail.spawn([program, ...argv], {
    env: { PATH: '/usr/bin:/bin', HOME: '/tmp' },
    input: '',
  })
  const ended = once(child, 'exit')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', data => (said += data))
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  const answers = () =>
    isUp().then(
      () => true,
      () => false,
    )
  await until(async () => child.exitCode !== null || (await answers()))
  if (child.exitCode !== null || !(await answers())) {
    await stop()
    throw new Error(`${program} does not serve: ${said}`)
  }
  return stop
}
