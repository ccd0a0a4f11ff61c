// Administrators and scripts rely on these places.

import t from 'tap'
import {
  certificateKeyPath,
  certificatePath,
  paths,
  signingKeyPath,
} from '../../lib/contract/paths.ts'

const data = '/mnt/matrixdata'

t.test('everything is where the documentation says', async t => {
  for (const [path, place] of [
    [paths.data, data],
    [paths.database, `${data}/matrix-synapse/matrix_homeserver.db`],
    [paths.databaseDir, `${data}/matrix-synapse`],
    [paths.mediaDir, `${data}/media_store`],
    [paths.keysDir, `${data}/keys`],
    [paths.tlsDir, `${data}/tls`],
    [paths.controlHome, `${data}/control`],
    [paths.overlayDir, `${data}/homeserver.d`],
    [paths.recordedParams, `${data}/cook/params.env`],
    [paths.homeserver, '/usr/local/etc/matrix-synapse/homeserver.yaml'],
    [paths.logConfig, '/usr/local/etc/matrix-synapse/log.config'],
    [paths.pidFile, '/var/run/matrix-synapse/homeserver.pid'],
    [paths.synapseLog, '/var/log/matrix-synapse/homeserver.log'],
    [paths.synapseScript, '/usr/local/etc/rc.d/synapse'],
    [paths.rcConf, '/etc/rc.conf'],
    [paths.cookLog, '/var/log/cook.log'],
    [paths.record, '/var/db/cook/last.json'],
    [paths.potEnvironment, '/tmp/environment.sh'],
    [signingKeyPath('example.com'), `${data}/keys/example.com.signing.key`],
    [certificatePath('example.com'), `${data}/tls/example.com.crt`],
    [certificateKeyPath('example.com'), `${data}/tls/example.com.key`],
  ] as const) {
    t.equal(path, place)
  }
})

t.test('what cannot be made again is on the data set', async t => {
  const lasting = [
    paths.database,
    paths.mediaDir,
    paths.controlHome,
    paths.overlayDir,
    paths.recordedParams,
    signingKeyPath('[::1]:8448'),
    certificateKeyPath('example.com:8448'),
  ]
  t.same(
    lasting.filter(path => !path.startsWith('/mnt/')),
    [],
  )
})

t.test('no two names are for one place', async t => {
  const places = Object.values(paths)
  t.equal(new Set(places).size, places.length)
  t.same(
    places.filter(path => !/^(\/[\w.-]+)+$/.test(path)),
    [],
  )
})
