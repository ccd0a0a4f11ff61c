// Loaded before cook: counts the calls that change the file system. At the call
// with the number FAULT_AT it kills the process (FAULT=SIGKILL) or lets the call
// fail (such as FAULT=ENOSPC). FAULT_TOLD names a file that gets the calls so
// far, the failing one last.
const fs = require('node:fs')

const { FAULT_AT, FAULT, FAULT_TOLD } = process.env
const { openSync, writeFileSync } = fs
const writing = fs.constants.O_WRONLY | fs.constants.O_RDWR

const changing = [
  'writeFileSync',
  'renameSync',
  'linkSync',
  'symlinkSync',
  'rmSync',
  'mkdirSync',
  'rmdirSync',
  'fchmodSync',
  'fchownSync',
  'futimesSync',
]

// Calls that read, those of Node itself while it loads a program, and `write`,
// which only standard output and standard error use.
const harmless = new Set([
  'write',
  'accessSync',
  'statfsSync',
  'closeSync',
  'existsSync',
  'fstatSync',
  'lstatSync',
  'statSync',
  'readSync',
  'readFileSync',
  'readdirSync',
  'readlinkSync',
  'realpathSync',
])

// A full disk stays full for calls that need space.
const needsRoom = new Set([
  'openSync',
  'writeFileSync',
  'linkSync',
  'symlinkSync',
  'mkdirSync',
])

let isStruck = false
const calls = []
const pathOf = new Map()

const tell = () => {
  if (FAULT_TOLD) writeFileSync(FAULT_TOLD, JSON.stringify(calls))
}

/** Counts a call. @returns the error that it must throw, if any */
const strike = (name, target) => {
  const path = typeof target === 'number' ? pathOf.get(target) : String(target)
  calls.push([name, path])
  const at = calls.length - Number(FAULT_AT)
  if (at !== 0 && !(at > 0 && FAULT === 'ENOSPC' && needsRoom.has(name))) {
    return undefined
  }
  if (at === 0) {
    isStruck = true
    tell()
  }
  if (FAULT === 'SIGKILL') {
    process.kill(process.pid, 'SIGKILL')
    // Nothing else may happen until the signal arrives.
    for (;;);
  }
  const error = new Error(`${FAULT}: injected, ${name} ${path}`)
  return Object.assign(error, { code: FAULT, syscall: name, path })
}

// Calls with two paths: the second is created or replaced.
const second = new Set(['renameSync', 'linkSync', 'symlinkSync'])

for (const name of changing) {
  const real = fs[name]
  fs[name] = (...args) => {
    const error = strike(name, args[second.has(name) ? 1 : 0])
    if (error) throw error
    return real(...args)
  }
}

// A write can also stop in its middle.
const whole = fs.writeFileSync
fs.writeFileSync = (file, content, ...rest) => {
  const half = content.slice(0, content.length / 2)
  whole(file, half, ...rest)
  const error = strike('writeFileSync', file)
  if (error) throw error
  return writeFileSync(file, content.slice(half.length), ...rest)
}

fs.openSync = (path, flags = 'r', ...rest) => {
  const writes =
    typeof flags === 'number' ? (flags & writing) !== 0 : flags !== 'r'
  const error = writes ? strike('openSync', path) : undefined
  if (error) throw error
  const fd = openSync(path, flags, ...rest)
  pathOf.set(fd, String(path))
  return fd
}

const { fsync } = fs
fs.fsync = (fd, done) => {
  const error = strike('fsync', fd)
  if (error) process.nextTick(done, error)
  else fsync(fd, done)
}

// A call that changes something and is not listed here would be an untested
// point.
const known = new Set([...changing, ...harmless, 'openSync', 'fsync'])
for (const [name, real] of Object.entries(fs)) {
  if (/^[a-z]/.test(name) && typeof real === 'function' && !known.has(name)) {
    fs[name] = () => {
      throw new Error(`test/faults/hook.cjs: what is fs.${name}?`)
    }
  }
}

process.on('exit', () => isStruck || tell())
