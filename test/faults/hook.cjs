// Loaded before cook: counts the calls that change the file system, and at the
// one that FAULT_AT names kills the process or lets the call fail. FAULT_COUNT
// names a file that gets the number of all calls.
const fs = require('node:fs')

const { FAULT_AT, FAULT, FAULT_COUNT } = process.env
const { openSync, writeFileSync } = fs
const writing = fs.constants.O_WRONLY | fs.constants.O_RDWR

let count = 0

const strike = (name, args) => {
  count++
  if (count !== Number(FAULT_AT)) {
    return undefined
  }
  if (FAULT === 'SIGKILL') {
    process.kill(process.pid, 'SIGKILL')
    // The signal may need a moment, in which nothing else may happen.
    for (;;);
  }
  const path = args.findLast(each => typeof each === 'string')
  const error = new Error(`${FAULT}: injected, ${name} ${path ?? ''}`)
  return Object.assign(error, { code: FAULT, syscall: name, path })
}

const changes = flags =>
  typeof flags === 'number' ? (flags & writing) !== 0 : flags !== 'r'

for (const name of [
  'writeFileSync', 'writeSync', 'renameSync', 'linkSync', 'symlinkSync',
  'rmSync', 'unlinkSync', 'mkdirSync', 'rmdirSync', 'chmodSync', 'fchmodSync',
  'chownSync', 'fchownSync', 'lchownSync', 'fsyncSync', 'futimesSync',
  'utimesSync', 'ftruncateSync',
]) {
  const real = fs[name]
  fs[name] = (...args) => {
    const error = strike(name, args)
    if (error) throw error
    return real(...args)
  }
}

fs.openSync = (path, flags = 'r', ...rest) => {
  const error = changes(flags) ? strike('openSync', [path]) : undefined
  if (error) throw error
  return openSync(path, flags, ...rest)
}

const { fsync } = fs
fs.fsync = (fd, done) => {
  const error = strike('fsync', [])
  if (error) process.nextTick(done, error)
  else fsync(fd, done)
}

if (FAULT_COUNT) {
  process.on('exit', () => writeFileSync(FAULT_COUNT, String(count)))
}
