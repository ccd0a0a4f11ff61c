import t from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import type { Host } from '../../../lib/host/host.ts'
import {
  judgeInstallation,
  missingSynapse,
} from '../../../lib/services/synapse/installed.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { newReport, renderFault } from '../../../lib/contract/report.ts'
import { params, required } from '../../small/given.ts'
import { hostIn } from '../../small/host-in.ts'

const ldap = params({
  ...required,
  LDAPSERVER: 'ldap.example.com',
  LDAPPASSWORD: 'password',
  LDAPDOMAIN: 'example.com',
})

/** The directory of a package among the packages of a Python. */
const installed = (python: string, ...names: string[]) =>
  Object.fromEntries(
    names.map(name => [
      `/usr/local/lib/${python}/site-packages/${name}/METADATA`,
      '',
    ]),
  )

const synapse = (version: string) => `matrix_synapse-${version}.dist-info`
const provider = 'ldap_auth_provider'

const judged = (host: Host, right: Parameters<typeof judgeInstallation>[1]) => {
  const report = newReport()
  judgeInstallation(host, right, report)
  const failure = missingSynapse(host)
  return { failure, told: report.faults.map(renderFault) }
}

const unknown =
  'warning: Synapse: not found below /usr/local/lib: assuming 1.116.0, the ' +
  'oldest supported'
const tooOld = (version: string) =>
  `warning: Synapse: ${version} is older than 1.116.0, the oldest supported`

t.test('versions are read from the names of directories', async t => {
  for (const [files, told] of [
    [{ '/tmp/x': '' }, [unknown]],
    [installed('python3.11', 'twisted'), [unknown]],
    [installed('python3.11', synapse('1.116.0')), []],
    [installed('python3.11', synapse('1.163.2')), []],
    [installed('python3.9', synapse('2.0')), []],
    [installed('python3.11', synapse('1.116.0rc1')), []],
    [installed('python3.11', synapse('1.115.9')), [tooOld('1.115.9')]],
    [installed('python3.11', synapse('1.9')), [tooOld('1.9')]],
    [installed('python3.11', synapse('0.99.9')), [tooOld('0.99.9')]],
    [installed('python2.7', synapse('1.116.0')), [unknown]],
    [installed('perl5', synapse('1.116.0')), [unknown]],
    [
      installed('python3.11', 'matrix_synapse_ldap3-0.4.0.dist-info'),
      [unknown],
    ],
    [installed('python3.11', 'xmatrix_synapse-1.1.dist-info'), [unknown]],
  ] as const) {
    t.same(judged(hostIn(t, files), {}), { failure: undefined, told })
  }
})

t.test('the newest of several Pythons counts', async t => {
  const host = hostIn(t, {
    ...installed('python3.9', synapse('1.50.0')),
    ...installed('python3.11', synapse('1.160.0')),
  })
  t.same(judged(host, {}).told, [])
})

t.test('LDAP needs its module', async t => {
  const without = installed('python3.11', synapse('1.160.0'))
  const error =
    "error: LDAPSERVER: Synapse's LDAP module is not installed: install " +
    'py3NN-matrix-synapse-ldap3'
  t.same(judged(hostIn(t, without), ldap).told, [error])
  t.same(judged(hostIn(t, without), params({})).told, [])
  const both = { ...without, ...installed('python3.11', provider) }
  t.same(judged(hostIn(t, both), ldap).told, [])
  // Without knowledge nothing is refused.
  t.same(judged(hostIn(t, { '/tmp/x': '' }), ldap).told, [unknown])
})

t.test('an old LDAP module ignores LDAPMAIL, with a warning', async t => {
  const warning =
    "warning: LDAPMAIL: has no effect: Synapse's LDAP module 0.2.2 always " +
    'reads mail: upgrade to 0.3.0 or later'
  const other = { ...ldap, ldapMail: 'email' }
  for (const [version, right, told] of [
    ['0.2.2', other, [warning]],
    ['0.2.2', ldap, []],
    ['0.2.2', params({}), []],
    ['0.3.0', other, []],
    ['0.4.0', other, []],
  ] as const) {
    const files = [
      synapse('1.160.0'),
      provider,
      `matrix_synapse_ldap3-${version}.dist-info`,
    ].map(name => installed('python3.11', name))
    t.same(judged(hostIn(t, Object.assign({}, ...files)), right).told, told)
  }
})

t.test('a live system without Synapse is a failure, no error', async t => {
  const host = { ...hostIn(t, { '/tmp/x': '' }), live: true }
  const { failure, told } = judged(host, {})
  t.equal(failure?.exit, exit.unavailable)
  t.match(failure?.message, /^Synapse is not installed: install its package/)
  t.same(told, [])
  const files = { [paths.synapseScript]: '#!/bin/sh\n' }
  t.equal(judged({ ...hostIn(t, files), live: true }, {}).failure, undefined)
})
