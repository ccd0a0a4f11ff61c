import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { paths } from '../../../../lib/contract/paths.ts'
import { recallAdmin } from '../../../../lib/services/synapse/accounts/recall-admin.ts'
import { newReport, renderFault } from '../../../../lib/contract/report.ts'
import { reveal } from '../../../../lib/contract/secret.ts'
import { params, type Given } from '../../../small/given.ts'
import { hostIn } from '../../../small/host-in.ts'

const recalled = (
  t: Test,
  files: Readonly<Record<string, string | Buffer>>,
  given: Given = { ADMINUSER: 'boss' },
) => {
  const report = newReport()
  const admin = recallAdmin(hostIn(t, files), params(given), report)
  return {
    password: admin && reveal(admin.password),
    file: admin?.file && reveal(admin.file),
    faults: report.faults.map(renderFault),
  }
}

const nothing = { password: undefined, file: undefined, faults: [] }

t.test('without ADMINUSER there is nothing to create', async t => {
  const files = { [paths.adminPassword]: 'x\n' }
  t.strictSame(recalled(t, files, {}), nothing)
})

t.test('without DOMAIN nothing is recalled', async t => {
  const { domain: _, ...others } = params({ ADMINUSER: 'boss' })
  t.equal(recallAdmin(hostIn(t, {}), others, newReport()), undefined)
})

t.test('a generated password has 256 random bits', async t => {
  const [one, two] = [recalled(t, {}), recalled(t, {})]
  t.match(one.password, /^[\w-]{43}$/)
  t.equal(one.file, `${one.password}\n`)
  t.same(one.faults, [])
  t.not(one.password, two.password)
})

t.test('a generated password is used again unchanged', async t => {
  for (const [file, password] of [
    ['abc\n', 'abc'],
    ['abc', 'abc'],
    [' a"b\\ \r\nmore\n', ' a"b\\ '],
  ] as const) {
    const files = { [paths.adminPassword]: file }
    t.strictSame(recalled(t, files), { password, file, faults: [] })
  }
})

t.test('ADMINPASS needs no file', async t => {
  const given = { ADMINUSER: 'boss', ADMINPASS: 'its own' }
  const expected = { ...nothing, password: 'its own' }
  t.strictSame(recalled(t, {}, given), expected)
  const files = { [paths.adminPassword]: 'another\n' }
  t.strictSame(recalled(t, files, given), expected)
})

t.test('a file without a password is an error', async t => {
  const of = (content: string | Buffer) =>
    recalled(t, { [paths.adminPassword]: content }).faults
  const line = `error: ${paths.adminPassword}: `
  const first = `${line}its first line`
  t.same(of(''), [`${first} is empty: remove the file`])
  t.same(of('\nabc\n'), [`${first} is empty: remove the file`])
  t.same(of('a\0b'), [`${first} contains a control character: remove the file`])
  t.same(of(Buffer.from([0xff])), [`${line}is not UTF-8 text`])
})

t.test('an administrator is created only once', async t => {
  const made = { [paths.adminUser]: '@boss:example.com\n' }
  t.strictSame(recalled(t, made), nothing)
  const again = { ADMINUSER: 'boss', ADMINPASS: 'x' }
  t.strictSame(recalled(t, made, again), nothing)
})

t.test('another name is a warning and creates no second account', async t => {
  const made = { [paths.adminUser]: '@boss:example.com\n' }
  t.strictSame(recalled(t, made, { ADMINUSER: 'chief' }), {
    ...nothing,
    faults: [
      'warning: ADMINUSER: @boss:example.com was created before, and cook does ' +
        'that only once: create another administrator with cook user --admin ' +
        'chief',
    ],
  })
})

t.test('a directory in the place of a file is an error', async t => {
  const host = hostIn(t, {})
  mkdirSync(join(host.root, paths.adminUser), { recursive: true })
  const report = newReport()
  recallAdmin(host, params({ ADMINUSER: 'boss' }), report)
  t.same(report.faults.map(renderFault), [
    `error: ${paths.adminUser}: is a directory, not a file`,
  ])
})

t.test('where only LDAP counts, no file has a password', async t => {
  const given = {
    ADMINUSER: 'boss',
    ADMINPASS: 'of no use',
    LDAPONLY: 'yes',
    LDAPSERVER: 'ldap.example.com',
    LDAPDOMAIN: 'example.com',
    LDAPPASSWORD: 'x',
  }
  const files = { [paths.adminPassword]: 'from before\n' }
  const { password, file, faults } = recalled(t, files, given)
  t.match(password, /^[\w-]{43}$/)
  t.same([file, faults], [undefined, []])
})
