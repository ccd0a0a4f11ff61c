// File systems that are really full, or read-only.

import t from 'tap'
import type { Test } from 'tap'
import { address, settle, whyNot } from '../setting.ts'

const why = whyNot('bundle')
const plain = { NOSSL: 'yes' }
const data = '/mnt/matrixdata'

const test = async (t: Test): Promise<void> => {
  const { jail, cook } = await settle(t, 'bundle')
  const sh = async (script: string): Promise<void> => {
    const { code, stderr } = await jail.exec(['sh', '-ec', script])
    // Without its mount the next script would fill the disk of this machine.
    if (code !== 0) {
      throw new Error(`${script}: ${stderr}`)
    }
  }
  const user = (name: string) =>
    jail.exec(['cook', 'user', name], { input: 's3cr3t\n' })
  // Each of these file systems has less than 100 MiB.
  const fill = (path: string): Promise<void> =>
    sh(
      `head -c 100M /dev/zero >${path}/fill 2>/dev/null || :
      sync; test -s ${path}/fill`,
    )

  /** Whether both commands report it. */
  const isIll = async (t: Test, told: string): Promise<void> => {
    for (const args of [['status'], []]) {
      const { code, stderr } = await cook(args, plain)
      t.equal(code, 69)
      t.match(stderr, told)
    }
  }

  await sh(
    `mkdir ${data} && /bin/mount -t tmpfs -o size=48m,mode=755 x ${data}`,
  )
  const first = await cook([], plain)
  t.equal(first.code, 0, first.stderr)
  t.equal((await cook(['status'])).stderr, '', 'half full is no warning')

  await t.test('a full data set is not healthy, and has a figure', async t => {
    await fill(data)
    const answer = await jail.fetch(`http://${address}:8008/health`)
    t.equal(answer.status, 200, 'Synapse itself says nothing')
    const told = `error: ${data}: is full: 0 KiB of 48 MiB are free: `
    const status = await cook(['status'])
    t.equal(status.code, 69)
    t.match(status.stderr, told)
    t.notMatch(status.stdout, /healthy/)
    const json = await cook(['status', '--json'])
    t.match(json.stdout, /"healthy":false/)
    const again = await cook([], plain)
    t.equal(again.code, 69)
    t.match(again.stderr, told)
    t.notMatch(again.stdout, /nothing to do|healthy/)
    const made = await user('alice')
    t.equal(made.code, 69)
    t.match(made.stderr, `Synapse failed: ${data}: is full: 0 KiB of 48 MiB`)
    t.notMatch(made.stderr, /M_UNKNOWN/)
  })

  await t.test('Synapse that cannot start there says why', async t => {
    await jail.exec(['service', 'synapse', 'onestop'])
    await sh(`mv ${data}/matrix-synapse ${data}/kept`)
    await fill(data)
    const { code, stderr } = await cook([], plain)
    t.equal(code, 69)
    t.match(stderr, `${data}: is full`)
    await sh(
      `rm -rf ${data}/fill ${data}/matrix-synapse
      mv ${data}/kept ${data}/matrix-synapse`,
    )
  })

  await t.test('with space again all is well', async t => {
    const { code, stderr } = await cook([], plain)
    t.equal(code, 0, stderr)
    t.equal((await cook(['status'])).code, 0)
    t.equal((await user('bob')).code, 0)
  })

  await t.test('a read-only data set is not healthy', async t => {
    await sh(
      `/bin/mount --bind ${data} ${data} && /bin/mount -o remount,bind,ro ${data}`,
    )
    const told = `error: ${data}: is mounted read-only`
    await isIll(t, told)
    await sh(`umount ${data}`)
    t.equal((await cook(['status'])).code, 0)
  })

  for (const path of ['/var/log', '/var/db', '/tmp']) {
    await t.test(`a full ${path} is named`, async t => {
      // What is there stays there: cook's record, for one.
      await sh(`cp -a ${path} /root/kept
        /bin/mount -t tmpfs -o size=4m,mode=1777 x ${path}
        cp -a /root/kept/. ${path}`)
      await fill(path)
      const told = `error: ${path}: is full: 0 KiB of 4.0 MiB are free`
      await isIll(t, told)
      await sh(`umount ${path}; rm -r /root/kept`)
      t.equal((await cook(['status'])).code, 0)
    })
  }

  await t.test('a file system without inodes is full', async t => {
    await sh(`/bin/mount -t tmpfs -o size=4m,nr_inodes=9,mode=1777 x /tmp
      touch /tmp/1 /tmp/2 /tmp/3 /tmp/4 /tmp/5 /tmp/6 /tmp/7 /tmp/8 /tmp/9 || :`)
    const { code, stderr } = await cook(['status'])
    t.equal(code, 69)
    t.match(stderr, 'error: /tmp: is full: 0 of 9 inodes are free')
    await sh('umount /tmp')
  })
}

await (why ? t.plan(0, why) : t.test('file systems that fill up', test))
