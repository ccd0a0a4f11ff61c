// Chromium's DevTools protocol through a pipe: JSON, and a zero byte after each
// message (https://chromedevtools.github.io/devtools-protocol/).

import type { ChildProcess } from 'node:child_process'

type Json = Record<string, unknown>

interface Message {
  id?: number
  sessionId?: string
  method?: string
  params?: Json
  result?: Json
  error?: { message: string }
}

interface Waiting {
  method: string
  resolve: (result: Json) => void
  reject: (error: Error) => void
}

export interface Protocol {
  /** Sends a command, to the browser itself or to one of its pages. */
  send(method: string, params?: Json, sessionId?: string): Promise<Json>
  /** Calls a function at each event of a page. */
  listen(sessionId: string, heard: (method: string, params: Json) => void): void
}

/** Speaks with a browser that reads its input and writes its output so. */
export const protocolOf = (browser: ChildProcess): Protocol => {
  const waiting = new Map<number, Waiting>()
  const listeners = new Map<string, (method: string, params: Json) => void>()
  let last = 0
  let rest = ''
  let said = ''
  let ended: Error | undefined

  const take = ({ id, sessionId, method, params, ...end }: Message): void => {
    if (id === undefined) {
      listeners.get(sessionId ?? '')?.(method ?? '', params ?? {})
      return
    }
    const { resolve, reject, method: asked } = waiting.get(id)!
    waiting.delete(id)
    end.error === undefined
      ? resolve(end.result ?? {})
      : reject(new Error(`${asked}: ${end.error.message}`))
  }
  browser.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const messages = `${rest}${text}`.split('\0')
    rest = messages.pop() ?? ''
    messages.forEach(each => take(JSON.parse(each) as Message))
  })
  browser.stderr!.setEncoding('utf8').on('data', text => (said += text))
  browser.once('close', code => {
    ended = new Error(`the browser has ended (${code}): ${said}`)
    for (const { reject } of waiting.values()) {
      reject(ended)
    }
  })

  return {
    send: (method, params = {}, sessionId = undefined) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) {
          reject(ended)
          return
        }
        const id = ++last
        waiting.set(id, { method, resolve, reject })
        browser.stdin!.write(
          `${JSON.stringify({ id, method, params, sessionId })}\0`,
        )
      }),
    listen: (sessionId, heard) => void listeners.set(sessionId, heard),
  }
}
