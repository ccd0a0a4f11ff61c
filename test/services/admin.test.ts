import t from 'tap'
import type { Recalled } from '../../lib/recall.ts'
import { Secret } from '../../lib/secret.ts'
import { admin } from '../../lib/services/admin.ts'
import { params } from '../given.ts'

const recalled = (admin: Recalled['admin']): Recalled => ({
  signingKey: new Secret(''),
  secrets: { macaroon: new Secret(''), form: new Secret('') },
  tls: undefined,
  overlays: undefined,
  admin,
})

const password = new Secret('x')
const wanted = params({ ADMINUSER: 'boss' })

t.test('who is not wanted, or was made, needs nothing', async t => {
  t.same(admin(params({}), recalled(undefined)), [])
  t.same(admin(params({}), recalled({ password, file: password })), [])
  t.same(admin(wanted, recalled(undefined)), [])
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
  user: 'boss',
  password,
  remembered: '/mnt/matrixdata/cook/admin-user',
}

t.test('a generated password is there before its account', async t => {
  const file = new Secret('x\n')
  t.strictSame(admin(wanted, recalled({ password, file })), [
    dir,
    {
      kind: 'file',
      path: '/mnt/matrixdata/cook/admin-password',
      content: file,
      owner: 'root',
      group: 'wheel',
      mode: 0o600,
    },
    { ...account, passwordFile: '/mnt/matrixdata/cook/admin-password' },
  ])
})

t.test('with a password that was given no file has another', async t => {
  t.strictSame(admin(wanted, recalled({ password, file: undefined })), [
    dir,
    { kind: 'removal', path: '/mnt/matrixdata/cook/admin-password' },
    { ...account, passwordFile: undefined },
  ])
})
