// What cook does and says under the rc(8) of each release.

import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { releases } from '../../jail/state.ts'
import { boot, done, given, logged, status } from '../life/boot.ts'
import { dataSet, settle, whyNot } from '../setting.ts'

const skip = whyNot('bun')

for (const release of releases) {
  t.test(`rc of release ${release}`, { skip }, async t => {
    const setting = await settle(t, 'bun', {
      data: dataSet(t),
      environment: given,
      release,
    })
    const { jail } = setting
    const service = (...line: string[]) => jail.exec(['service', ...line])
    await jail.exec(['/usr/local/bin/cook', 'image'], { env: {} })

    await t.test('a start of the jail makes it healthy', async t => {
      const { code, stderr } = await boot(jail)
      t.equal(code, 0)
      t.equal(stderr, '')
      await logged(jail, done)
      t.match(await service('synapse', 'status'), {
        code: 0,
        stdout: /^synapse is running as pid \d+\.\n$/,
      })
    })

    const healthy = { code: 0, stdout: /^synapse is healthy: /, stderr: '' }
    await t.test('both services of cook report that', async t => {
      t.match(await status(jail), healthy)
      t.match(await service('cook_health', 'status'), healthy)
      t.match(await service('cook', 'extracommands'), { stdout: 'status\n' })
    })

    await t.test('also if rc does not start cook', async t => {
      t.match(await service('cook', 'disable'), {
        stdout: 'cook disabled in /etc/rc.conf\n',
      })
      t.match(await status(jail), healthy)
      t.match(await service('cook_health', 'status'), healthy)
    })

    await t.test('without Synapse they exit 1, and not 69', async t => {
      t.match(await service('synapse', 'stop'), { code: 0 })
      for (const name of ['cook', 'cook_health']) {
        t.match(await service(name, 'status'), {
          code: 1,
          stderr: /^error: synapse is not /m,
        })
      }
      t.equal((await setting.cook(['status'])).code, 69)
    })

    await t.test('no service starts with a broken rc.conf', async t => {
      const path = jail.path('/etc/rc.conf')
      const before = readFileSync(path, 'utf8')
      await jail.exec(['sysrc', 'v=a"b$c\\d'])
      t.match(await service('synapse', 'start'), { code: 2 })
      for (const args of [[], ['--no-start'], ['plan'], ['image']]) {
        const { code, stdout, stderr } = await setting.cook(args)
        t.equal(code, 78, args.join())
        t.match(stderr, /^error: \/etc\/rc\.conf: sh\(1\) cannot read it/m)
        t.match(stdout, 'nothing was changed')
      }
      writeFileSync(path, `${before}a-b="1"\n`)
      const { code, stderr } = await setting.cook()
      t.equal(code, 0, stderr)
      t.match(stderr, /^warning: \/etc\/rc\.conf: a-b is not the name/m)
      t.match(await status(jail), { code: 0, stdout: /synapse is healthy: / })
      writeFileSync(path, before)
    })
    await jail.destroy()
  })
}
