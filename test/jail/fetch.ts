// HTTP requests from inside a jail's network. As a program it reads requests as
// JSON and prints the answers as JSON; it does not follow redirects.

import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Runner } from './run.ts'

export interface Init {
  method?: string
  headers?: Record<string, string>
  body?: string
  /** Accepts any certificate. */
  insecure?: boolean
  /** Accepts only certificates of these authorities, in PEM. */
  ca?: string
  /** The source address, one of the jail's. */
  localAddress?: string
  /** The name that TLS asks for (SNI). */
  servername?: string
  /** In place of that of the URL, to the letter: a URL would lose a "/../". */
  path?: string
}

export interface Answer {
  status: number
  headers: Record<string, string>
  text: string
}

const self = fileURLToPath(import.meta.url)

/** All at once; a string is the error's code. */
export const fetchAllVia = async (
  run: Runner,
  urls: readonly string[],
  init: Init = {},
) => {
  const { code, stdout, stderr } = await run.exec([process.execPath, self], {
    host: true,
    env: {},
    input: JSON.stringify({ urls, init }),
  })
  if (code) throw new Error(stderr)
  return JSON.parse(stdout) as (Answer | string)[]
}

export const fetchVia = async (run: Runner, url: string, init: Init = {}) => {
  const [answer = ''] = await fetchAllVia(run, [url], init)
  if (typeof answer === 'object') return answer
  throw Object.assign(new Error(`${url}: ${answer}`), { url })
}

const ask = (url: string, init: Init) =>
  new Promise<Answer>((resolve, reject) => {
    const { method, headers, body, insecure, ...rest } = init
    const request = url.startsWith('https:') ? secure : plain
    const asking = request(
      url,
      {
        ...rest,
        method: method ?? 'GET',
        headers: headers ?? {},
        rejectUnauthorized: !insecure,
        timeout: 30_000,
      },
      async answer =>
        resolve({
          status: answer.statusCode!,
          headers: answer.headers as Record<string, string>,
          text: await text(answer),
        }),
    )
      .on('timeout', () => asking.destroy(new Error('no answer in 30 s')))
      .on('error', reject)
      .end(body)
  })

if (process.argv[1] === self) {
  const { urls, init } = JSON.parse(await text(process.stdin))
  const answers = urls.map((url: string) =>
    ask(url, init).catch(error => String(error.code ?? error)),
  )
  process.stdout.write(JSON.stringify(await Promise.all(answers)))
}
