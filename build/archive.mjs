// dist/cook-flavour.tar: what pot reads, to be unpacked in its flavour
// directory.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dist, epoch, root } from './project.mjs'

const blockSize = 512

const octal = (value, size) => value.toString(8).padStart(size - 1, '0')

const sumOf = block =>
  octal(
    block.reduce((sum, byte) => sum + byte),
    7,
  )

// pax(1), "ustar Interchange Format". It is written here because tar(1) on
// Linux and on FreeBSD have different options for owners.
const header = ({ name, mode, type, size }) => {
  if (name.length > 100 || /[^!-~]/.test(name)) {
    throw new Error(`the name ${name} is too long for the archive`)
  }
  const block = Buffer.alloc(blockSize)
  const put = (at, text) => block.write(text, at, 'latin1')
  put(0, name)
  put(100, octal(mode, 8))
  put(108, octal(0, 8)) // root
  put(116, octal(0, 8)) // wheel
  put(124, octal(size, 12))
  put(136, octal(epoch(), 12))
  put(148, ' '.repeat(8))
  put(156, type)
  put(257, 'ustar\x0000')
  put(148, `${sumOf(block)}\0`)
  return block
}

const padding = size =>
  Buffer.alloc((blockSize - (size % blockSize)) % blockSize)

const fileOf = name => {
  const path = join(root, 'flavour', name)
  const bytes = readFileSync(path)
  // Only this bit of the mode does not depend on the umask of the working copy.
  const mode = statSync(path).mode & 0o100 ? 0o755 : 0o644
  const head = header({ name, mode, type: '0', size: bytes.length })
  return [head, bytes, padding(bytes.length)]
}

// The directory of the executable, which depends on the architecture.
const folder = { name: 'matrix-synapse.d/', mode: 0o755, type: '5', size: 0 }

export const archive = () => {
  const names = readdirSync(join(root, 'flavour')).sort()
  const end = Buffer.alloc(2 * blockSize)
  const parts = [...names.flatMap(fileOf), header(folder), end]
  writeFileSync(join(dist, 'cook-flavour.tar'), Buffer.concat(parts))
}
