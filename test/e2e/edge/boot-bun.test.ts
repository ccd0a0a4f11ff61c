// rc(8) runs cook at the first start of a jail, and then what cook has enabled.

import t from 'tap'
import type { Test } from 'tap'
import { boot, done, given, logged } from '../life/boot.ts'
import { settle, whyNot } from '../setting.ts'
import { ask } from './asking.ts'

const why = whyNot('bun')

const test = async (t: Test): Promise<void> => {
  const environment = { ...given, EDGE: 'yes' }
  const { jail } = await settle(t, 'bun', { environment })
  await jail.exec(['cook', 'image', '--quiet'])
  const { code, stderr } = await boot(jail)
  t.equal(code, 0, stderr)
  await logged(jail, done)
  const status = await jail.exec(['service', 'cook', 'status'])
  t.match(status.stdout, 'caddy is healthy: ')
  t.equal((await ask(jail, '/_matrix/client/versions')).status, 200)
}

await (why ? t.plan(0, why) : t.test('the edge serves after a boot', test))
