import t from 'tap'
import { paths } from '../../../lib/contract/paths.ts'
import { recallSigningKey } from '../../../lib/services/synapse/identity.ts'
import { renderRecord } from '../../../lib/engine/record/record.ts'
import { newReport, renderFault } from '../../../lib/contract/report.ts'
import { reveal } from '../../../lib/contract/secret.ts'
import { parseServerName } from '../../../lib/formats/server-name.ts'
import {
  newSigningKey,
  signingKeyFault,
} from '../../../lib/services/synapse/signing-key.ts'
import { hostIn } from '../../small/host-in.ts'

const name = 'example.com'
const at = (name: string) => `${paths.keysDir}/${name}.signing.key`
const key = newSigningKey()

const recalled = (
  t: Parameters<typeof hostIn>[0],
  files: Readonly<Record<string, string>>,
) => {
  const serverName = parseServerName(name)
  if (typeof serverName === 'string') {
    throw new Error(serverName)
  }
  const report = newReport()
  const text = recallSigningKey(hostIn(t, files), serverName, report)
  return { text: reveal(text), faults: report.faults.map(renderFault) }
}

t.test('an existing key is used', async t => {
  const params = `export "DOMAIN=${name}"\n`
  for (const files of [
    { [at(name)]: key },
    { [at(name)]: key, [paths.recordedParams]: params },
    { [at(name)]: key, [at('a.example.com')]: newSigningKey() },
    { [at(name)]: key, [paths.database]: 'SQLite' },
  ]) {
    t.same(recalled(t, files), { text: key, faults: [] })
  }
})

t.test('a new key is created only where nothing was before', async t => {
  for (const files of [
    {},
    { [paths.database]: '' },
    { [`${paths.keysDir}/.${name}.signing.key.0123456789ab.cook`]: key },
    { [paths.record]: 'garbage' },
  ]) {
    const { text, faults } = recalled(t, files)
    t.same(faults, [])
    t.equal(signingKeyFault(text), undefined)
    t.not(text, key)
  }
})

t.test('a lost key is an error and not replaced', async t => {
  const record = renderRecord({ cook: '0.1.0', domain: name, services: {} })
  for (const [files, says] of [
    [{ [paths.database]: 'SQLite' }, /there is a database, .*\.db: without/],
    [
      { [paths.recordedParams]: `export "DOMAIN=${name}"\n` },
      /\/params\.env shows that the data set had one: without/,
    ],
    [
      { [paths.record]: record },
      /\/last\.json shows that this jail had one \(is the data set mounted\?\)/,
    ],
    [
      { [`${paths.keysDir}/form`]: 'secret\n' },
      /there is another key, .*\/keys\/form: without/,
    ],
  ] as const) {
    const { faults } = recalled(t, files)
    t.equal(faults.length, 1)
    t.match(faults[0], `error: ${at(name)}: is missing, but `)
    t.match(faults[0], says)
  }
})
