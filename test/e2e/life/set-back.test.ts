// What happens to encrypted messages when the data set goes back to an older
// state. A phone has been talked to since then, and is offline meanwhile.

import { execFileSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { join } from '../matrix.ts'
import { dataSet, domain, settle, whyNot, type Setting } from '../setting.ts'

const script = fileURLToPath(
  new URL('../../jail/encrypted.ts', import.meta.url),
)
const url = 'http://127.0.0.1:8008'

type Reply = Record<string, string>

/** People in the jail's network, who keep their keys across a rollback. */
const gather = (t: Test, { jail }: Setting) => {
  const child = jail.spawn([process.execPath, script, url], { host: true })
  t.teardown(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout! })[
    Symbol.asyncIterator
  ]()
  return async (...command: string[]): Promise<Reply> => {
    child.stdin!.write(`${JSON.stringify(command)}\n`)
    const { value } = await lines.next()
    const reply = JSON.parse(value ?? '{"error":"it has died"}')
    if (reply.error !== undefined) {
      throw new Error(`${command.join(' ')}: ${reply.error}`)
    }
    return reply
  }
}

const bob = `@bob:${domain}`

/** Makes one directory like another; the directory itself stays the same. */
const replace = (directory: string, by: string): void => {
  execFileSync('find', [directory, '-mindepth', '1', '-delete'])
  execFileSync('cp', ['-a', `${by}/.`, directory])
}

/** A homeserver with three people, and its data set as it was then. */
const begin = async (t: Test) => {
  const data = dataSet(t)
  const setting = await settle(t, 'bun', { data })
  const { jail, cook } = setting
  const done = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cook(args)
    t.equal(code, 0, stderr)
    return stdout
  }
  await done()
  for (const name of ['alice', 'bob', 'carol', 'dave']) {
    await join(setting, name, url)
  }
  const people = gather(t, setting)
  const login = (name: string) => people('login', name, 'a password')
  const service = async (action: string) => {
    const { code, stderr } = await jail.exec(['service', 'synapse', action])
    t.equal(code, 0, stderr)
  }
  await login('bob')
  await done('stop')
  const older = dataSet(t)
  replace(older, data)
  t.notMatch(await done(), /one-time keys/, 'nothing was set back')
  return { data, older, done, people, login, service, jail }
}

/** What somebody new writes to bob, who hears of it when he is back. */
const written = async (
  { people, login }: Awaited<ReturnType<typeof begin>>,
  name: string,
): Promise<Reply> => {
  await login(name)
  const { room = '', event = '' } = await people('talk', name, bob, name)
  await people('online', 'bob')
  return people('read', 'bob', room, event)
}

const why = whyNot('bun')
if (why) {
  t.plan(0, why)
} else {
  await t.test('messages can be read after the way back', async t => {
    const all = await begin(t)
    const { data, older, done, people } = all
    t.same(await written(all, 'alice'), { text: 'alice' })
    await people('offline', 'bob')
    await done('stop')
    replace(data, older)
    t.match(await done(), /set back: .* one-time keys \(\d+\) were removed/)
    t.same(await written(all, 'carol'), { text: 'carol' })
    t.match(await done(), 'nothing to do')
  })

  await t.test('and not if cook has no part in it', async t => {
    const all = await begin(t)
    const { data, older, done, people, service, jail } = all
    t.same(await written(all, 'alice'), { text: 'alice' })
    await people('offline', 'bob')
    await service('stop')
    replace(data, older)
    await service('start')
    while ((await jail.fetch(`${url}/health`).catch(() => 0)) === 0) {
      await sleep(100)
    }
    const lost = await written(all, 'carol')
    t.match(lost, { unreadable: String }, 'what this test is about')
    t.match(await done('restored'), /one-time keys \(\d+\) were removed/)
    t.same(await written(all, 'dave'), { text: 'dave' }, 'the next one can be')
    t.match(await done(), 'nothing to do')
  })
}
