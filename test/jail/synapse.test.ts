// The jail's Synapse is the real one, started like by the port.

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { makeJail, whyNoJail, type Jail } from './jail.ts'
import { findSynapse } from './synapse.ts'

const skip = whyNoJail()
const conf = '/usr/local/etc/matrix-synapse/homeserver.yaml'
const client = fileURLToPath(new URL('client.ts', import.meta.url))

const config = `
server_name: example.com
report_stats: false
pid_file: /var/run/matrix-synapse/homeserver.pid
listeners:
- port: 8008
  type: http
  bind_addresses: [127.0.0.1]
  resources: [{names: [client]}]
database:
  name: sqlite3
  args: {database: /var/db/matrix-synapse/homeserver.db}
signing_key_path: /var/db/matrix-synapse/signing.key
media_store_path: /var/db/matrix-synapse/media
registration_shared_secret: open sesame
macaroon_secret_key: for the test
trusted_key_servers: []
`

const answers = async (jail: Jail) => {
  for (let n = 0; n < 100; n++) {
    const health = jail.fetch('http://127.0.0.1:8008/health')
    if (await health.catch(() => undefined)) return health
    await sleep(100)
  }
  throw new Error('Synapse does not answer')
}

t.test('the port is installed where cook expects it', { skip }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  const { python, version } = findSynapse()
  const sh = async (script: string) =>
    (await jail.exec(['/bin/sh', '-c', script])).stdout.trim()
  t.equal(
    await sh("sed -n 's/^command=//p' /usr/local/etc/rc.d/synapse"),
    `"/usr/local/bin/${python}"`,
  )
  t.equal(
    await sh('ls -d /usr/local/lib/python3.*/site-packages/matrix_synapse-*'),
    `/usr/local/lib/${python}/site-packages/matrix_synapse-` +
      `${version}.dist-info`,
  )
  t.equal(
    await sh(
      `su -m synapse -c '/usr/local/bin/${python} -c "` +
        'import sys, ldap_auth_provider; print(sys.prefix)"\'',
    ),
    '/usr/local',
  )
})

t.test('Synapse started through its rc service answers', { skip }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  const service = (verb: string) =>
    jail.exec(['/usr/sbin/service', 'synapse', verb])
  writeFileSync(jail.path(conf), config)
  await service('enable')
  t.match(await service('start'), { code: 0, stdout: 'Starting synapse.\n' })
  t.match(await answers(jail), { status: 200, text: 'OK' })
  t.match(await service('status'), { stdout: /is running as pid \d+\.\n/ })
  t.match(await jail.exec(['stat', '-c', '%U:%G', '/var/run/matrix-synapse']), {
    stdout: 'synapse:wheel\n',
  })
  t.match(await jail.exec(['ps', '-C', findSynapse().python, '-o', 'user=']), {
    stdout: /^synapse\n/,
  })

  const ask = (args: string[], env = {}) =>
    jail.exec([process.execPath, client, ...args], {
      host: true,
      env,
      timeout: 60_000,
    })
  const made = await ask(['register', 'alice', 'pass'], {
    MATRIX_SHARED_SECRET: 'open sesame',
  })
  t.match(made, { code: 0, stdout: /"@alice:example.com"/ })
  t.match(
    await ask(['whoami'], {
      MATRIX_ACCESS_TOKEN: JSON.parse(made.stdout).access_token,
    }),
    { code: 0, stdout: /"@alice:example.com"/ },
  )
  t.match(await ask(['login', 'alice', 'wrong']), {
    code: 1,
    stderr: /M_FORBIDDEN/,
  })
  const sent = await ask(['send-and-read', 'alice', 'pass', 'a "message"'])
  t.equal(JSON.parse(sent.stdout).body, 'a "message"')

  t.match(await service('stop'), { code: 0 })
  t.match(await service('status'), { code: 1 })
})

t.test('a configuration with CHANGEME in it is refused', { skip }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  writeFileSync(jail.path(conf), `${config}# CHANGEME\n`)
  t.match(await jail.exec(['/usr/sbin/service', 'synapse', 'onestart']), {
    code: 1,
    stdout:
      'Error: Default secret values in config.\n' +
      `Please replace the CHANGEME values in ${conf}\n`,
    stderr: '',
  })
})

t.test('service start succeeds even if the server dies', { skip }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  writeFileSync(jail.path(conf), config.replace('127.0.0.1', '192.0.2.1'))
  t.match(await jail.exec(['/usr/sbin/service', 'synapse', 'onestart']), {
    code: 0,
  })
  let status: Awaited<ReturnType<typeof jail.exec>> | undefined
  for (let n = 0; n < 100 && status?.code !== 1; n++) {
    await sleep(100)
    status = await jail.exec(['/usr/sbin/service', 'synapse', 'onestatus'])
  }
  t.match(status, { code: 1, stdout: 'synapse is not running.\n' })
})
