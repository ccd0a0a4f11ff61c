import t from 'tap'
import type { RecalledAdmin } from '../../../../lib/services/synapse/accounts/recall-admin.ts'
import { Secret } from '../../../../lib/contract/secret.ts'
import { admin } from '../../../../lib/services/synapse/accounts/steps.ts'
import type { Params } from '../../../../lib/params/params.ts'
import type { AccountStep } from '../../../../lib/engine/steps/step.ts'
import { params } from '../../../small/given.ts'

/** The steps, without the function that makes the account. */
const steps = (given: Params, found: RecalledAdmin | undefined): object[] =>
  admin(given, found).map(step => {
    const { make, ...rest } = step as AccountStep
    return rest
  })

const password = new Secret('x')
const wanted = params({ ADMINUSER: 'boss' })

t.test('an unwanted or created account needs no step', async t => {
  t.same(steps(params({}), undefined), [])
  t.same(steps(params({}), { password, file: password }), [])
  t.same(steps(wanted, undefined), [])
})

const dir = {
  kind: 'dir',
  path: '/mnt/matrixdata/cook',
  owner: 'root',
  group: 'wheel',
  mode: 0o700,
}

const account = {
  kind: 'account',
  name: '@boss:example.com',
  remembered: '/mnt/matrixdata/cook/admin-user',
}

t.test('a generated password is on the disk before its account', async t => {
  const file = new Secret('x\n')
  t.strictSame(steps(wanted, { password, file }), [
    dir,
    {
      kind: 'file',
      path: '/mnt/matrixdata/cook/admin-password',
      content: file,
      owner: 'root',
      group: 'wheel',
      mode: 0o600,
    },
    account,
  ])
})

t.test('if a password is given no file contains another one', async t => {
  t.strictSame(steps(wanted, { password, file: undefined }), [
    dir,
    { kind: 'removal', path: '/mnt/matrixdata/cook/admin-password' },
    account,
  ])
})
