// As much of an ELF file as tells whether a system could run it.
// elf(5); 64 bits, little endian only.

export type Elf = {
  osabi: number
  machine: number
  interpreter: string
  needed: string[]
}

type Segment = { type: number; offset: number; address: number; size: number }

const PT_LOAD = 1
const PT_DYNAMIC = 2
const PT_INTERP = 3
const DT_NEEDED = 1
const DT_STRTAB = 5

const isElf64 = (file: Buffer): boolean =>
  file.subarray(0, 6).equals(Buffer.from('\x7fELF\x02\x01', 'latin1'))

const number = (file: Buffer, at: number): number =>
  Number(file.readBigUInt64LE(at))

const text = (file: Buffer, at: number): string =>
  file.toString('latin1', at, file.indexOf(0, at))

const segments = (file: Buffer): Segment[] => {
  const [start, size] = [number(file, 32), file.readUInt16LE(54)]
  return Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = start + index * size
    return {
      type: file.readUInt32LE(at),
      offset: number(file, at + 8),
      address: number(file, at + 16),
      size: number(file, at + 32),
    }
  })
}

const ofType = (all: Segment[], type: number): Segment => {
  const found = all.find(segment => segment.type === type)
  if (!found) throw new Error(`no segment of type ${type}`)
  return found
}

const placeOf = (all: Segment[], address: number): number => {
  const within = all.find(
    segment =>
      segment.type === PT_LOAD &&
      address >= segment.address &&
      address < segment.address + segment.size,
  )
  if (!within) throw new Error(`address ${address} is not in the file`)
  return address - within.address + within.offset
}

export const readElf = (file: Buffer): Elf => {
  if (!isElf64(file)) throw new Error('not a 64-bit little-endian ELF file')
  const all = segments(file)
  const dynamic = ofType(all, PT_DYNAMIC)
  const entries = Array.from({ length: dynamic.size / 16 }, (_, index) => {
    const at = dynamic.offset + index * 16
    return { tag: number(file, at), value: number(file, at + 8) }
  })
  const table = entries.find(entry => entry.tag === DT_STRTAB)
  const strings = placeOf(all, table?.value ?? 0)
  return {
    osabi: file.readUInt8(7),
    machine: file.readUInt16LE(18),
    interpreter: text(file, ofType(all, PT_INTERP).offset),
    needed: entries
      .filter(entry => entry.tag === DT_NEEDED)
      .map(entry => text(file, strings + entry.value)),
  }
}
