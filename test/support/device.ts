// Devices in the file system. In a user namespace nobody can make one.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes an endless one, as /dev/zero is. */
export const makeDevice = (path: string) =>
  spawnSync('mknod', [path, 'c', '1', '5'], { encoding: 'utf8' })

/** Whether the kernel lets this process make one. */
export const canMakeDevices = (): boolean => {
  const dir = mkdtempSync(join(tmpdir(), 'cook-test-'))
  const { status } = makeDevice(join(dir, 'zero'))
  rmSync(dir, { recursive: true })
  return status === 0
}
