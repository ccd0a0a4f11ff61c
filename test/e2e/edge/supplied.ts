// A supplied certificate, without an authority and until one has answered.

import { writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { makeAuthority } from '../../jail/authority.ts'
import { acmeIn } from './acme.ts'
import { ask, served } from './asking.ts'
import { until } from '../../support/until.ts'
import { domain, settle, type Kind } from '../setting.ts'

const versions = '/_matrix/client/versions'

export const supplied = async (t: Test, kind: Kind): Promise<void> => {
  const { jail, cook } = await settle(t, kind)
  const own = makeAuthority('Supplier')
  const supply = () => {
    const { certificate, key } = own.sign(`DNS:${domain}`)
    for (const [name, text] of [
      ['crt', certificate],
      ['key', key],
    ] as const) {
      writeFileSync(jail.path(`/mnt/matrixdata/tls/${domain}.${name}`), text)
    }
  }
  const trusted = async (root: string): Promise<boolean> =>
    ask(jail, versions, { ca: root }).then(
      ({ status }) => status === 200,
      () => false,
    )
  await jail.exec(['mkdir', '-p', '/mnt/matrixdata/tls'])
  supply()

  await t.test('a supplied certificate is served by the edge', async t => {
    const { code, stderr } = await cook([], { EDGE: 'yes' })
    t.equal(code, 0, stderr)
    t.ok(await trusted(own.certificate))
  })

  await t.test('a renewed one is used without a restart', async t => {
    const pid = async () =>
      (await jail.exec(['cat', '/var/run/caddy/caddy.pid'])).stdout
    const [before, process] = [(await served(jail)).serialNumber, await pid()]
    supply()
    const { code, stdout, stderr } = await cook([], { EDGE: 'yes' })
    t.equal(code, 0, stderr)
    t.match(stdout, /caddy .*again/)
    t.not((await served(jail)).serialNumber, before)
    t.ok(await trusted(own.certificate))
    t.equal(await pid(), process)
    t.match((await cook([], { EDGE: 'yes' })).stdout, 'nothing to do')
  })

  await t.test("it serves until the authority's has come", async t => {
    const acme = await acmeIn(t, jail).start()
    const { code, stderr } = await cook([], acme.parameters)
    t.equal(code, 0, stderr)
    await until(() => acme.issued() > 0)
    t.ok(await trusted(own.certificate))
    const root = await acme.root()
    // Caddy stores it a moment after it was issued.
    await until(async () => {
      await cook([], acme.parameters)
      return trusted(root)
    })
    t.ok(await trusted(root))
    const again = await cook([], acme.parameters)
    t.match(again.stdout, 'nothing to do')
    t.equal(acme.issued(), 1)
  })
}
