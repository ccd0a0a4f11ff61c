import t from 'tap'
import { shortageOf, size } from '../../../lib/engine/data-set/judge-space.ts'
import type { Space } from '../../../lib/host/space.ts'

const MiB = 1024 ** 2
const GiB = 1024 ** 3

const roomy: Space = {
  free: 500 * GiB,
  total: 1000 * GiB,
  inodes: undefined,
  isReadOnly: false,
}

const told = (space: Partial<Space>): string | undefined => {
  const found = shortageOf('/mnt/matrixdata', { ...roomy, ...space })
  return found && `${found.isFull ? 'error' : 'warning'}: ${found.message}`
}

const advice = 'remove files, or give it more space (a quota of ZFS counts)'

t.test('a full file system is an error, an almost full one a warning', t => {
  for (const [space, words] of [
    [{}, undefined],
    [{ free: 0 }, 'error: is full: 0 KiB of 1000 GiB are free'],
    [{ free: MiB - 1 }, 'error: is full: 1024 KiB of 1000 GiB are free'],
    [{ free: MiB }, 'warning: is almost full: 1.0 MiB of 1000 GiB are free'],
    [{ free: GiB }, undefined],
    [{ free: 30 * MiB, total: 64 * MiB }, undefined],
    [
      { free: 3 * MiB, total: 64 * MiB },
      'warning: is almost full: 3.0 MiB of 64 MiB are free',
    ],
    [{ free: 200 * 1024, total: 200 * 1024 }, undefined],
    [
      { free: 0, total: 0 },
      // A file system without blocks, such as procfs(5), is not full.
      undefined,
    ],
    [
      { inodes: { free: 0, total: 9 } },
      'error: is full: 0 of 9 inodes are free',
    ],
    [
      { inodes: { free: 100, total: 10_000 } },
      'warning: is almost full: 100 of 10000 inodes are free',
    ],
    [{ inodes: { free: 20_000, total: 1_000_000 } }, undefined],
  ] as const) {
    t.equal(told(space), words && `${words}: ${advice}`)
  }
  t.equal(
    told({ free: 0, isReadOnly: true }),
    'error: is mounted read-only, so nothing can be stored: remount it',
  )
  t.end()
})

t.test('a size has a unit', t => {
  for (const [bytes, words] of [
    [0, '0 KiB'],
    [1023, '1 KiB'],
    [4096, '4 KiB'],
    [48 * MiB, '48 MiB'],
    [1.5 * GiB, '1.5 GiB'],
    [3 * 1024 * GiB, '3.0 TiB'],
    [5000 * 1024 * 1024 * GiB, '5000 PiB'],
  ] as const) {
    t.equal(size(bytes), words)
  }
  t.end()
})
