// Planted faults that only the jail itself knows.

import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { domain, pid, settle, whyNot } from '../setting.ts'
import { doctor, isHealthy, planting, sh, type Planted } from './planted.ts'
import { findSynapse } from '../../jail/synapse.ts'

const plain = { NOSSL: 'yes' }
const data = '/mnt/matrixdata'
const overlays = `${data}/homeserver.d`
const key = `${data}/keys/${domain}.signing.key`
const record = '/var/db/cook/findings.json'
const database = `${data}/matrix-synapse/matrix_homeserver.db`
const pidFile = '/var/run/matrix-synapse/homeserver.pid'
const mark = '/var/db/cook/synapse.mark'
const config = '/usr/local/etc/matrix-synapse/homeserver.yaml'
const log = '/var/log/matrix-synapse/homeserver.log'

const test = async (t: Test): Promise<void> => {
  const setting = await settle(t, 'bundle')
  const { jail, cook } = setting
  const run = sh(setting)
  const { python } = findSynapse()
  await run(
    `mkdir ${data} && /bin/mount -t tmpfs -o size=48m,mode=755 x ${data}`,
  )
  const cooked = async (parameters = {}): Promise<void> => {
    const { code, stderr } = await cook([], { ...plain, ...parameters })
    t.equal(code, 0, stderr)
  }
  await cooked()

  /** Runs Python as synapse. */
  const sql = (text: string): Promise<string> =>
    run(
      `su -m synapse -c "/usr/local/bin/${python} -c \\"
import sqlite3
db = sqlite3.connect('${database}', 60)
db.execute('''${text} ''')
db.commit()\\""`,
    )

  /** Replaces a file, and puts it back. */
  const replaced = (path: string, by: (text: string) => string) => {
    let before = ''
    return {
      plant: async () => {
        before = readFileSync(jail.path(path), 'utf8')
        writeFileSync(jail.path(path), by(before))
      },
      heal: async () => writeFileSync(jail.path(path), before),
    }
  }

  /** Makes something new, and removes it. */
  const made = (path: string, script: string) => ({
    plant: () => run(script),
    heal: () => run(`rm ${path}`),
  })

  const ages = (text: string): string => {
    const parsed = JSON.parse(text)
    const at = new Date(Date.now() - 50 * 60 * 60 * 1000).toISOString()
    parsed.notes['database-updates'].value = { planted: at }
    return JSON.stringify(parsed)
  }

  const meta = `/usr/local/lib/${python}/site-packages/matrix_synapse-*.dist-info/METADATA`

  const faults: readonly Planted[] = [
    {
      what: 'the data set is full but for 1 %',
      plant: () =>
        run(`head -c 100M /dev/zero >${data}/fill 2>/dev/null || :
          truncate -s -480K ${data}/fill; test -s ${data}/fill`),
      heal: () => run(`rm ${data}/fill`),
      first: 'disk-space',
      says: /^\/mnt\/matrixdata is full: 4\d\d KiB of 48 MiB are free$/,
    },
    {
      what: 'a file system has no inodes left',
      plant: () =>
        run(`/bin/mount -t tmpfs -o size=4m,nr_inodes=9,mode=1777 x /tmp
          touch /tmp/1 /tmp/2 /tmp/3 /tmp/4 /tmp/5 /tmp/6 /tmp/7 /tmp/8 /tmp/9 \\
            2>/dev/null || :`),
      heal: () => run('umount /tmp'),
      first: 'disk-inodes',
      says: /^\/tmp is full: 0 of 9 inodes are free$/,
    },
    {
      what: 'the clock is 10 minutes before the signing key',
      plant: () => run(`touch -d '+10 minutes' ${key}`),
      heal: () => run(`touch ${key}`),
      first: 'clock-behind',
      says: /^the clock is 10 minutes behind the time at which \S+ was created$/,
    },
    {
      what: 'rc.conf.d leads elsewhere',
      ...made(
        '/etc/rc.conf.d/synapse',
        `echo 'synapse_conf="/root/other.yaml"' >/etc/rc.conf.d/synapse`,
      ),
      first: 'rc-conf',
      says: /^synapse_conf \(\/etc\/rc.conf.d\/synapse\): with .* Synapse reads/,
      beside: ['service-down'],
    },
    {
      what: 'the pid file names another process',
      ...replaced(pidFile, () => '1'),
      first: 'pid-file',
      says: /names process 1, which is another one \(of root\)$/,
      beside: ['service-down'],
    },
    {
      what: 'the pid file is stale',
      ...replaced(pidFile, () => '3999999'),
      first: 'pid-file',
      says: /homeserver.pid is stale, but process \d+ is synapse's$/,
      beside: ['service-down'],
    },
    {
      what: 'the data were set back while Synapse runs',
      ...replaced(mark, text => text.replace(/^./, 'x')),
      first: 'data-set-back',
      says: /^synapse runs with data that may have been set back$/,
    },
    {
      what: 'an override cannot be used',
      ...made(`${overlays}/a.yaml`, `echo 'x: [' >${overlays}/a.yaml`),
      first: 'next-run-refused',
      says: /^\/mnt\/matrixdata\/homeserver.d\/a.yaml: is not YAML/,
    },
    {
      what: 'cook failed at the last start',
      ...made('/var/run/cook.failed', ': >/var/run/cook.failed'),
      first: 'boot-failed',
      says: /^cook failed at the last start of this jail/,
    },
    {
      what: 'a run was killed',
      ...made(
        '/var/db/cook/intent.json',
        'cp /var/db/cook/last.json /var/db/cook/intent.json',
      ),
      first: 'run-interrupted',
      says: /intent.json is left$/,
    },
    {
      what: 'somebody has changed the configuration',
      ...replaced(config, text => `${text}# mine\n`),
      first: 'config-drift',
      says: /^cook would change this jail: file \S+homeserver.yaml /,
      beside: ['process-outdated'],
    },
    {
      what: 'the package is newer than the process',
      plant: () =>
        run(`cp ${meta} /var/tmp/METADATA
          /bin/mount --bind /var/tmp/METADATA ${meta}`),
      heal: () => run(`umount ${meta}; rm /var/tmp/METADATA`),
      first: 'process-outdated',
      says: /METADATA changed: its package is newer than its process$/,
    },
    {
      what: 'a file in homeserver.d is not read',
      ...made(`${overlays}/b.yml`, `echo 'x: 1' >${overlays}/b.yml`),
      first: 'overlay-unread',
      says: /only \*.yaml is read: ignored "?b.yml"?$/,
    },
    {
      what: 'an override takes the place of a parameter',
      plant: async () => {
        await run(`echo 'max_upload_size: 5M' >${overlays}/c.yaml`)
        await cooked({ MAXUPLOAD: '7M' })
      },
      heal: async () => {
        await run(`rm ${overlays}/c.yaml`)
        await cooked()
      },
      first: 'overlay-replaces',
      says: /^homeserver.d sets max_upload_size, so MAXUPLOAD has no effect/,
    },
    {
      what: 'an update of the database does not end',
      plant: async () => {
        await sql(
          `insert into background_updates values ('planted', '{}', null, 0)`,
        )
        await doctor(setting, ['--daily'])
        await replaced(record, ages).plant()
      },
      heal: () =>
        sql(`delete from background_updates where update_name = 'planted'`),
      first: 'database-updates',
      says: /^updates of the database are pending since \d{4}-\S+: "planted"$/,
    },
    {
      what: 'a log has gigabytes',
      ...made(`${log}.1`, `truncate -s 2G ${log}.1`),
      first: 'log-size',
      says: /^the log \S+homeserver.log has 2.0 GiB with its older files$/,
    },
    {
      what: 'Synapse was killed',
      plant: async () => {
        await run(`kill -KILL ${pid(jail)}`)
      },
      heal: cooked,
      first: 'service-down',
      says: /^synapse/,
    },
    {
      what: 'the database is damaged',
      plant: async () => {
        t.equal((await cook(['stop'])).code, 0)
        await run(`cp ${database} /root/kept
          dd if=/dev/urandom of=${database} bs=4096 seek=20 count=200 \\
            conv=notrunc 2>/dev/null`)
      },
      heal: async () => {
        await run(`cat /root/kept >${database}`)
        await cooked()
      },
      args: ['--daily'],
      first: 'database-damaged',
      says: /^\/mnt\/matrixdata\/\S+ is damaged: /,
      beside: ['service-down'],
    },
  ]

  await t.test('a healthy server has no finding', t => isHealthy(t, setting))
  await planting(t, setting, faults)

  await t.test('a daily run speaks only of changes', async t => {
    const daily = async (): Promise<string> => {
      const { stdout, stderr } = await cook(['doctor', '--daily'])
      t.equal(stderr, '')
      return stdout
    }
    await daily()
    t.equal(await daily(), '')
    await run(`: >${overlays}/b.yml`)
    t.match(await daily(), /^overlay-unread: /m)
    t.equal(await daily(), '', 'still wrong')
    await run(`rm ${overlays}/b.yml`)
    t.match(await daily(), /^no longer wrong: overlay-unread\n/)
    t.equal(await daily(), '')
  })
}

const why = whyNot('bundle')
await (why ? t.plan(0, why) : t.test('faults of the jail itself', test))
