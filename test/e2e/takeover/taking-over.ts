// A potluck jail: its Synapse, with a configuration like that of potluck's
// shell cook, is taken over and stays the same server.

import { cpSync, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { oldHomeserver } from '../../small/old-text.ts'
import { api } from '../api.ts'
import {
  dataSet,
  differences,
  domain,
  jailPicture,
  settle,
  type Kind,
  type Setting,
} from '../setting.ts'

const folder = '/usr/local/etc/matrix-synapse'
const yaml = `${folder}/homeserver.yaml`
const oldKey = `${folder}/${domain}.signing.key`
const newKey = `/mnt/matrixdata/keys/${domain}.signing.key`
const plain = 'http://127.0.0.1:8008'

const secrets = {
  macaroon: 'uk5ZVzNlMx+f9Y/bKq0=',
  form: 'Vw8+Yb/4Jx==',
  registration: 'the shared secret',
}

const logConfig = `\
version: 1
handlers:
  file:
    class: logging.FileHandler
    filename: /var/log/matrix-synapse/homeserver.log
root: {level: INFO, handlers: [file]}
`

// With the owners and modes of potluck's shell script.
const layOut = `
set -e
mkdir -p /mnt/matrixdata/matrix-synapse /mnt/matrixdata/media_store
mkdir -p /mnt/matrixdata/control
chown synapse /mnt/matrixdata
chown -R synapse /mnt/matrixdata/matrix-synapse /mnt/matrixdata/media_store
chmod -R ugo+rwx /mnt/matrixdata/matrix-synapse /mnt/matrixdata/media_store
python=$(sed -n 's/^command="\\(.*\\)"/\\1/p' /usr/local/etc/rc.d/synapse)
"$python" -m synapse.app.homeserver -c ${yaml} --generate-keys
chmod 644 ${oldKey} ${yaml}
echo '30      4       1       *       *       root   /bin/sh /root/certrenew.sh' >>/etc/crontab
echo 'synapse_enable="YES"' >>/etc/rc.conf
echo 'synapse_enable="YES"' >>/etc/rc.conf
`

const shell = async ({ jail }: Setting, script: string): Promise<void> => {
  const { code, stderr } = await jail.exec(['sh', '-c', script])
  if (code !== 0) {
    throw new Error(stderr)
  }
}

const start = async (setting: Setting): Promise<void> => {
  await shell(setting, 'service synapse start')
  for (let i = 0; i < 600; i++) {
    const [answer] = await setting.jail.fetchAll([`${plain}/health`])
    if (typeof answer === 'object' && answer.status === 200) {
      return
    }
    await sleep(100)
  }
  throw new Error('the old Synapse is not healthy')
}

/** What a user has before and must have afterwards. */
interface Memory {
  token: string
  room: string
  event: string
  media: string
  key: string
  publicKeys: unknown
}

const publicKeys = async (setting: Setting): Promise<unknown> =>
  (await api(setting, 'GET', '/_matrix/key/v2/server'))['verify_keys']

const remember = async (setting: Setting): Promise<Memory> => {
  const env = { MATRIX_SHARED_SECRET: secrets.registration }
  const args = ['--url', plain, 'register', 'alice', 'her password']
  const { access_token: token = '' } = await setting.client(args, env)
  const v3 = '/_matrix/client/v3'
  const made = await api(setting, 'POST', `${v3}/createRoom`, {}, token)
  const room = encodeURIComponent(String(made['room_id']))
  const path = `${v3}/rooms/${room}/send/m.room.message/1`
  const body = { msgtype: 'm.text', body: 'from before' }
  const sent = await api(setting, 'PUT', path, body, token)
  const uploaded = await setting.jail.fetch(
    `${plain}/_matrix/media/v3/upload`,
    {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'text/plain',
      },
      body: 'a file from before',
    },
  )
  return {
    token,
    room,
    event: encodeURIComponent(String(sent['event_id'])),
    media: String(JSON.parse(uploaded.text).content_uri),
    key: readFileSync(setting.jail.path(oldKey), 'utf8'),
    publicKeys: await publicKeys(setting),
  }
}

/** Checks that nothing has changed for users and other servers. */
const isAsBefore = async (
  t: Test,
  setting: Setting,
  { token, room, event, media, key, publicKeys: keys }: Memory,
): Promise<void> => {
  const { jail } = setting
  t.equal(readFileSync(jail.path(newKey), 'utf8'), key, 'the key is copied')
  t.equal(readFileSync(jail.path(oldKey), 'utf8'), key, 'and kept')
  t.same(await publicKeys(setting), keys, 'other servers see the same')
  const v3 = '/_matrix/client/v3'
  const who = await api(
    setting,
    'GET',
    `${v3}/account/whoami`,
    undefined,
    token,
  )
  t.equal(who['user_id'], `@alice:${domain}`, 'the old token works')
  const path = `${v3}/rooms/${room}/event/${event}`
  const said = await api(setting, 'GET', path, undefined, token)
  t.match(said['content'], { body: 'from before' })
  const id = media.replace('mxc://', '')
  const url = `${plain}/_matrix/client/v1/media/download/${id}`
  const file = await jail.fetch(url, {
    headers: { authorization: `Bearer ${token}` },
  })
  t.equal(file.text, 'a file from before')
  const own = readFileSync(jail.path(yaml), 'utf8')
  for (const secret of Object.values(secrets)) {
    t.ok(own.includes(`"${secret}"`), 'the secrets are the same')
  }
}

const access = (real: string) => {
  const { mode, uid } = lstatSync(real)
  return [(mode & 0o7777).toString(8), uid]
}

const idOf = (jail: Setting['jail'], name: string): number =>
  Number(
    readFileSync(jail.path('/etc/passwd'), 'utf8').match(
      new RegExp(`^${name}:[^:]*:(\\d+):`, 'm'),
    )?.[1],
  )

export const takingOver = async (t: Test, kind: Kind): Promise<void> => {
  const setting = await settle(t, kind, { data: dataSet(t) })
  const { jail, cook } = setting
  const text = oldHomeserver(domain, secrets)
  const [copies, oldFolder] = [dataSet(t), join(dataSet(t), 'etc')]
  let memory: Memory | undefined

  await t.test('a potluck homeserver serves its users', async t => {
    writeFileSync(jail.path(yaml), text)
    writeFileSync(jail.path(`${folder}/my.log.config`), logConfig)
    await shell(setting, layOut)
    await start(setting)
    memory = await remember(setting)
    t.match(memory.token, /./)
    await shell(setting, 'service synapse stop')
    cpSync(jail.path('/mnt'), copies, {
      recursive: true,
      preserveTimestamps: true,
    })
    await shell(setting, `chown -R synapse /mnt/matrixdata/matrix-synapse`)
    cpSync(jail.path(folder), oldFolder, { recursive: true })
    await start(setting)
  })
  const before = memory!

  await t.test(
    'plan says what would be taken over, and takes nothing',
    async t => {
      const files = jailPicture(jail)
      const { code, stdout, stderr } = await cook(['plan'])
      t.equal(code, 2, stderr)
      t.match(stdout, `file ${newKey} is missing`)
      t.match(
        stdout,
        /^dir \/mnt\/matrixdata\/matrix-synapse (does not belong|has mode)/m,
      )
      t.match(
        stderr,
        /taken over from it: signing key, macaroon_secret_key, form_sec/,
      )
      t.strictSame(differences(files, jailPicture(jail)), [])
    },
  )

  await t.test('another server name is refused without a change', async t => {
    const files = jailPicture(jail)
    const { code, stderr } = await cook([], { DOMAIN: 'other.example.com' })
    t.equal(code, 78)
    t.match(stderr, `homeserver.yaml is that of "${domain}"`)
    t.strictSame(differences(files, jailPicture(jail)), [])
  })

  await t.test(
    "in the same jail it becomes cook's, and stays itself",
    async t => {
      const { code, stderr } = await cook()
      t.equal(code, 0, stderr)
      await isAsBefore(t, setting, before)
      t.match(stderr, /crontab: line \d+, "30 4 1 .*certrenew\.sh", renews/)
      t.match(stderr, /rc\.conf: sets variables more than once: synapse_enable/)
      t.match(readFileSync(jail.path('/etc/crontab'), 'utf8'), 'certrenew')
      t.match(
        readFileSync(jail.path('/var/log/cook.log'), 'utf8'),
        'taken over',
      )
      for (const secret of Object.values(secrets)) {
        t.notOk(stderr.includes(secret))
      }
    },
  )

  await t.test(
    'nobody else reads the data and the secrets any more',
    async t => {
      const synapse = idOf(jail, 'synapse')
      const mnt = (name: string) => access(jail.path(`/mnt/matrixdata${name}`))
      t.strictSame(mnt(''), ['755', 0])
      t.strictSame(mnt('/matrix-synapse'), ['750', synapse])
      t.strictSame(mnt('/media_store'), ['750', synapse])
      const { stdout } = await jail.exec(['ls', '/mnt/matrixdata/cook'])
      const copy = stdout.match(/^homeserver-\w+\.yaml$/m)?.[0]
      t.equal(
        readFileSync(jail.path(`/mnt/matrixdata/cook/${copy}`), 'utf8'),
        text,
      )
      t.strictSame(mnt(`/cook/${copy}`), ['600', 0])
      t.strictSame(access(jail.path(yaml)), ['640', 0])
    },
  )

  await t.test(
    'the second run does nothing, and says nothing of it',
    async t => {
      const files = jailPicture(jail)
      const { code, stdout, stderr } = await cook()
      t.equal(code, 0)
      t.match(stdout, /nothing to do/)
      t.notMatch(stderr, /taken over|certrenew|rc\.conf/)
      t.strictSame(differences(files, jailPicture(jail)), [])
    },
  )

  await t.test('in a new jail too, from a file that sed(1) broke', async t => {
    await jail.destroy()
    const second = await settle(t, kind, { data: copies })
    await shell(second, 'chown -R synapse /mnt/matrixdata')
    const broken = oldHomeserver(domain, secrets, { smtpPass: 'a"b\\' })
    const alone = await second.cook()
    t.equal(alone.code, 78, 'without the old files it is another server')
    t.match(alone.stderr, `${newKey}: is missing, but there is a database`)
    writeFileSync(second.jail.path(yaml), broken)
    cpSync(join(oldFolder, `${domain}.signing.key`), second.jail.path(oldKey))
    const { code, stderr } = await second.cook()
    t.equal(code, 0, stderr)
    await isAsBefore(t, second, before)
    t.match((await second.cook()).stdout, /nothing to do/)
  })
}
