// Requests through the edge, as clients and other servers send them: by name,
// with SNI.

import { X509Certificate } from 'node:crypto'
import type { Jail } from '../../jail/jail.ts'
import type { Answer } from '../../jail/fetch.ts'
import { address, domain } from '../setting.ts'

export interface Asked {
  host?: string
  port?: number
  /** Accepts only certificates of this root, in PEM; by default any. */
  ca?: string
  /** More arguments of curl(1). */
  more?: string[]
  /** The body. */
  input?: string
}

export interface Got extends Answer {
  /** 1.1 or 2. */
  version: string
}

/** Sends one request with curl(1), and the path as it is. */
export const ask = async (
  jail: Jail,
  path: string,
  asked: Asked = {},
): Promise<Got> => {
  const { host = domain, port = 443, ca, more = [], input } = asked
  const trust = ca === undefined ? ['--insecure'] : ['--cacert', '/dev/fd/3']
  const url = `https://${host}:${port}${path}`
  const argv = [
    ...['curl', '--silent', '--show-error', '--include', '--path-as-is'],
    ...['--connect-to', `${host}:${port}:${address}:${port}`],
    ...['--write-out', '\n%{http_version}', '--max-time', '30'],
    ...(input === undefined
      ? []
      : ['--data-binary', '@-', '--header', 'Expect:']),
    ...trust,
    ...more,
    url,
  ]
  const words = argv.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const command = ca === undefined ? words : `${words} 3<<'END'\n${ca}\nEND\n`
  const { code, stdout, stderr } = await jail.exec(
    ['sh', '-c', command],
    input === undefined ? {} : { input },
  )
  if (code !== 0) {
    throw new Error(`${url}: curl exits ${code}: ${stderr}`)
  }
  const [, heads = '', text = '', version = ''] =
    stdout.match(/^([^]*?\r\n\r\n)([^]*)\n([\d.]+)$/) ?? []
  const [status = '', ...lines] = heads.trim().split('\r\n')
  return {
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(
      lines.map(line => {
        const at = line.indexOf(':')
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
      }),
    ),
    text,
    version,
  }
}

/** The certificate that is served for a name. */
export const served = async (
  jail: Jail,
  host: string = domain,
  port = 443,
): Promise<X509Certificate> => {
  const at = `${address}:${port}`
  const { stdout } = await jail.exec(
    ['openssl', 's_client', '-connect', at, '-servername', host],
    { input: '' },
  )
  const [pem = ''] = stdout.match(/-----BEGIN [^]*?-----END [^-]*-----/) ?? []
  return new X509Certificate(pem)
}
