import { EventEmitter } from 'node:events'
import t from 'tap'
import { inputOf } from '../../cook/terminal.ts'

/** A terminal: input arrives as an event; its modes are recorded. */
const terminal = (setRawMode: (raw: boolean) => void = () => undefined) => {
  const keyboard = Object.assign(new EventEmitter(), {
    isTTY: true,
    setEncoding: () => undefined,
    setRawMode,
    resume: () => undefined,
    pause: () => undefined,
    async *[Symbol.asyncIterator]() {},
  })
  const program = Object.assign(new EventEmitter(), {
    pid: 1,
    kill: () => undefined,
  })
  const screen = { text: '' }
  const stderr = { write: (text: string) => (screen.text += text) }
  const { ask } = inputOf(keyboard, stderr, program)
  return { keyboard, screen, ask: ask!, program }
}

t.test('answers are read line by line without echo', async t => {
  const modes: boolean[] = []
  const { keyboard, screen, ask, program } = terminal(raw => modes.push(raw))
  const answers = ask(['Password: ', 'again: '])
  keyboard.emit('data', 'abc\x7f\r')
  keyboard.emit('data', 'x\x15d\r')
  t.same(await answers, ['ab', 'd'])
  t.equal(screen.text, 'Password: \nagain: \n')
  t.same(modes, [true, false])
  t.equal(program.listenerCount('SIGINT'), 0)
})

t.test('a terminal that closes gives no answers', async t => {
  for (const event of ['end', 'error']) {
    const { keyboard, ask } = terminal(raw => {
      if (!raw) {
        throw new Error('EIO')
      }
    })
    const answers = ask(['Password: '])
    keyboard.emit('data', 'abc')
    keyboard.emit(event, new Error('EIO'))
    t.equal(await answers, undefined, event)
    t.doesNotThrow(() => keyboard.emit('error', new Error('EIO')), 'again')
  }
})
