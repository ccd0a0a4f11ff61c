// An HTTP request from inside a jail's network. Run as a program, it reads the
// request as JSON and prints the answer as JSON; a redirect is an answer.

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
}

export interface Answer {
  status: number
  headers: Record<string, string>
  text: string
}

const self = fileURLToPath(import.meta.url)

export const fetchVia = async (run: Runner, url: string, init: Init = {}) => {
  const { code, stdout, stderr } = await run.exec([process.execPath, self], {
    host: true,
    env: {},
    input: JSON.stringify({ url, init }),
  })
  if (code) throw Object.assign(new Error(`${url}: ${stderr}`), { url })
  return JSON.parse(stdout) as Answer
}

const ask = (url: string, { method, headers, body, insecure }: Init) =>
  new Promise<Answer>((resolve, reject) => {
    const request = url.startsWith('https:') ? secure : plain
    const asking = request(
      url,
      {
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
  const { url, init } = JSON.parse(await text(process.stdin))
  try {
    process.stdout.write(JSON.stringify(await ask(url, init)))
  } catch (error) {
    process.stderr.write(String((error as Error & { code?: string }).code ??
      error))
    process.exitCode = 1
  }
}
