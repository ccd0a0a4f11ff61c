// The parts of an ELF file that show which system can run it.
// elf(5); 64 bits, little endian only.

export type Elf = {
  osabi: number
  machine: number
  interpreter: string
  needed: string[]
  /** The symbol versions that it needs from those libraries. */
  versions: string[]
  /** NT_FREEBSD_ABI_TAG: the __FreeBSD_version it was made for. */
  freebsd: number | undefined
}

type Segment = { type: number; offset: number; address: number; size: number }
type Entry = { tag: number; value: number }

const PT_LOAD = 1
const PT_DYNAMIC = 2
const PT_INTERP = 3
const PT_NOTE = 4
const DT_NEEDED = 1
const DT_STRTAB = 5
const DT_VERNEED = 0x6ffffffe
const DT_VERNEEDNUM = 0x6fffffff
const NT_FREEBSD_ABI_TAG = 1

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

const dynamic = (file: Buffer, all: Segment[]): Entry[] => {
  const { offset, size } = ofType(all, PT_DYNAMIC)
  return Array.from({ length: size / 16 }, (_, index) => {
    const at = offset + index * 16
    return { tag: number(file, at), value: number(file, at + 8) }
  })
}

const entryOf = (entries: Entry[], wanted: number): number | undefined =>
  entries.find(({ tag }) => tag === wanted)?.value

// Two linked lists: of libraries, and of the versions needed from each.
const versionsAt = (file: Buffer, start: number, count: number): number[] => {
  const names: number[] = []
  for (let at = start, left = count; left > 0; left--) {
    let aux = at + file.readUInt32LE(at + 8)
    for (let more = file.readUInt16LE(at + 2); more > 0; more--) {
      names.push(file.readUInt32LE(aux + 8))
      aux += file.readUInt32LE(aux + 12)
    }
    at += file.readUInt32LE(at + 12)
  }
  return names
}

const padded = (size: number): number => Math.ceil(size / 4) * 4

const abiTag = (file: Buffer, { offset, size }: Segment): number[] => {
  const found: number[] = []
  for (let at = offset; at < offset + size; ) {
    const [name, desc, type] = [0, 4, 8].map(by => file.readUInt32LE(at + by))
    const value = at + 12 + padded(name ?? 0)
    if (text(file, at + 12) === 'FreeBSD' && type === NT_FREEBSD_ABI_TAG) {
      found.push(file.readInt32LE(value))
    }
    at = value + padded(desc ?? 0)
  }
  return found
}

export const readElf = (file: Buffer): Elf => {
  if (!isElf64(file)) throw new Error('not a 64-bit little-endian ELF file')
  const all = segments(file)
  const entries = dynamic(file, all)
  const strings = placeOf(all, entryOf(entries, DT_STRTAB) ?? 0)
  const wanted = entryOf(entries, DT_VERNEED)
  const names =
    wanted === undefined
      ? []
      : versionsAt(
          file,
          placeOf(all, wanted),
          entryOf(entries, DT_VERNEEDNUM) ?? 0,
        )
  return {
    osabi: file.readUInt8(7),
    machine: file.readUInt16LE(18),
    interpreter: text(file, ofType(all, PT_INTERP).offset),
    needed: entries
      .filter(entry => entry.tag === DT_NEEDED)
      .map(entry => text(file, strings + entry.value)),
    versions: [...new Set(names.map(name => text(file, strings + name)))],
    freebsd: all
      .filter(({ type }) => type === PT_NOTE)
      .flatMap(note => abiTag(file, note))[0],
  }
}
