import t from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { failure, unlessMissing, writing } from '../../lib/host/failure.ts'
import { refusal } from '../small/refusal.ts'

const failing =
  (code: string, message = `${code}: in the system's words`) =>
  () => {
    throw Object.assign(new Error(message), { code })
  }

const caught = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

t.test('a successful result is returned', async t => {
  t.equal(
    unlessMissing('/x', () => 5),
    5,
  )
  t.equal(
    writing('/x', () => 5),
    5,
  )
})

t.test('an error of the system becomes a message with the path', async t => {
  for (const [code, words] of [
    ['EACCES', 'permission denied'],
    ['EPERM', 'not permitted'],
    ['ENOSPC', 'no space left'],
    ['EDQUOT', 'quota exceeded'],
    ['EFBIG', 'larger than a file may be here (ulimit -f, or the file system)'],
    ['EROFS', 'read-only file system'],
    ['EIO', 'input/output error'],
    ['ENOENT', 'no such file or directory'],
    ['EISDIR', 'is a directory, not a file'],
    ['ENOTDIR', 'a component of the path is not a directory'],
    ['ELOOP', 'is a symbolic link, which cook does not follow here'],
    ['EMLINK', 'is a symbolic link, which cook does not follow here'],
    ['ENAMETOOLONG', 'the name is too long'],
    ['ENXIO', 'is not a regular file'],
    ['EXDEV', "EXDEV: in the system's words"],
  ] as const) {
    const failed = refusal(() => writing('/a/b', failing(code)))
    t.equal(failed?.message, `/a/b: ${words}`)
    t.match(failed?.cause, { code })
    t.equal(failed?.exit, exit.cantCreate, 'writing ends with 73')
  }
})

t.test('a defect is not an error of the system', async t => {
  const broken = () => {
    throw new TypeError('x is not a function')
  }
  t.throws(() => writing('/x', broken), { name: 'TypeError' })
})

t.test('an error without a code keeps its message', async t => {
  t.equal(failure(exit.config, '/x', new Error('is odd')).message, '/x: is odd')
  t.equal(failure(exit.config, '/x', 'odd').message, '/x: odd')
})

t.test('an unreadable file is an error, a missing file is not', async t => {
  t.equal(unlessMissing('/x', failing('ENOENT')), undefined)
  for (const [code, end] of [
    ['EACCES', exit.noPermission],
    ['EPERM', exit.noPermission],
    ['ELOOP', exit.config],
    ['ENOTDIR', exit.config],
    ['EIO', exit.config],
  ] as const) {
    const failed = refusal(() => unlessMissing('/x', failing(code)))
    t.equal(failed?.exit, end, code)
  }
})

t.test('what is lacking for now is no error of what is read', async t => {
  for (const code of ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ENOBUFS']) {
    for (const attempt of [unlessMissing, writing]) {
      const failed = refusal(() => attempt('/x', failing(code)))
      t.equal(failed?.exit, exit.tempFail, code)
      t.match(failed?.message, /^\/x: (too many|no more|not enough) /)
    }
    const started = failure(exit.unavailable, 'pw', caught(failing(code)))
    t.equal(started.exit, exit.tempFail)
  }
})
