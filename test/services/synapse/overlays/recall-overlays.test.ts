import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { paths } from '../../../../lib/contract/paths.ts'
import { recallOverlays } from '../../../../lib/services/synapse/overlays/recall-overlays.ts'
import {
  newReport,
  renderFault,
  show,
} from '../../../../lib/contract/report.ts'
import { params, type Given } from '../../../small/given.ts'
import { hostIn } from '../../../small/host-in.ts'

const dir = paths.overlayDir

const recalled = async (
  t: Test,
  files: Readonly<Record<string, string | Buffer>>,
  given: Given = {},
) => {
  const host = hostIn(
    t,
    Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`${dir}/${name}`, text]),
    ),
  )
  const report = newReport()
  const overlays = await recallOverlays(host, params(given), report)
  const [errors = [], warnings = []] = ['error', 'warning'].map(severity =>
    report.faults.filter(each => each.severity === severity).map(renderFault),
  )
  return { overlays, faults: errors, warnings }
}

t.test('without files there are no local overrides', async t => {
  const nothing = { overlays: undefined, faults: [], warnings: [] }
  t.same(await recalled(t, {}), nothing)
})

const ignored = `warning: ${dir}: only *.yaml is read: ignored`

t.test('what is not read in the directory is a warning', async t => {
  for (const [names, those] of [
    [['own.yml'], '"own.yml"'],
    [['a.yaml', 'own.yaml.bak'], '"own.yaml.bak"'],
    [['old/a.yaml', '.own.yaml.swp'], '".own.yaml.swp" and "old"'],
    [['a\u001b[2J', 'x.yaml~'], '"a\\u001b[2J" and "x.yaml~"'],
    [
      ['1', '2', '3', '4', '5', '6', '7', 'README'],
      '"1", "2", "3", "4", "5" and 3 more',
    ],
  ] as const) {
    const files = Object.fromEntries(names.map(name => [name, '']))
    const { faults, warnings } = await recalled(t, files)
    t.same(faults, [])
    t.same(warnings, [`${ignored} ${those}`])
  }
})

t.test('leftovers of an interrupted run are no warning', async t => {
  const { warnings } = await recalled(t, { '.a.0123456789ab.cook': '' })
  t.same(warnings, [])
})

t.test('a key that Synapse does not know is a warning', async t => {
  const { overlays, faults, warnings } = await recalled(t, {
    'a.yaml': 'enable-registration: true\nmax_avatar_size: 5M\nx-hosts: []\n',
    'b.yaml': 'Enable_Metrics: true\ninvented: 1\n',
  })
  t.same(faults, [])
  t.same(warnings, [
    `warning: ${dir}/a.yaml: "enable-registration" is not a key of ` +
      'Synapse: did you mean enable_registration?',
    `warning: ${dir}/b.yaml: "Enable_Metrics" is not a key of Synapse: ` +
      'did you mean enable_metrics?',
    `warning: ${dir}/b.yaml: "invented" is not a key of Synapse up to 1.163`,
  ])
  t.match(overlays?.layOver(''), /^invented: 1$/m, 'it is used all the same')
})

t.test('of many unknown keys only some are listed', async t => {
  const text = Array.from({ length: 9 }, (_, i) => `no${i}: 1\n`).join('')
  const { warnings } = await recalled(t, { 'a.yaml': text })
  t.equal(warnings.length, 6)
  t.equal(warnings.at(-1), `warning: ${dir}/a.yaml: has 4 more unknown keys`)
})

t.test('a parameter that a key makes useless is a warning', async t => {
  const mail = { SMTPHOST: 'mail.example', SMTPFROM: 'a@example.com' }
  const of = (text: string): string => `warning: ${dir}/a.yaml: sets ${text}`
  for (const [text, given, wanted] of [
    ['email: {}\n', {}, []],
    [
      'email: {}\n',
      mail,
      [of('email, so SMTPHOST and SMTPFROM have no effect on it')],
    ],
    ['max_upload_size: 1G\n', {}, []],
    ['max_upload_size: 1G\n', { MAXUPLOAD: '50M' }, []],
    [
      'max_upload_size: 1G\n',
      { MAXUPLOAD: '60M' },
      [of('max_upload_size, so MAXUPLOAD has no effect on it')],
    ],
    ['server_name: example.com\n', {}, []],
    [
      'admin_contact: mailto:b@example.com\n',
      {},
      [of('admin_contact, so ALERTEMAIL has no effect on it')],
    ],
  ] as const) {
    const { warnings } = await recalled(t, { 'a.yaml': text }, given)
    t.same(warnings, wanted, show(text))
  }
})

t.test('the .yaml files are added in the order of their names', async t => {
  const { overlays, faults } = await recalled(t, {
    'b.yaml': 'k: 2\n',
    'a.yaml': 'k: 1\nl: 1\n',
    'B.yaml': 'l: 3\nm: 3\n',
    'x.yml': 'k: 9\n',
  })
  t.same(faults, [])
  t.equal(
    overlays?.layOver('z: 0\n'),
    'z: 0\n\n# From homeserver.d/B.yaml\n\nm: 3\n' +
      '# From homeserver.d/a.yaml\n\nl: 1\n' +
      '# From homeserver.d/b.yaml\n\nk: 2\n',
  )
})

t.test('every wrong file is an error', async t => {
  const { overlays, faults } = await recalled(t, {
    'a.yaml': 'a: [1\n',
    'b.yaml': 'b: 1\n',
    'c.yaml': '- c\n',
    'd.yaml': Buffer.from('d: \xff', 'latin1'),
  })
  t.equal(overlays, undefined)
  t.equal(faults.length, 3)
  t.equal(faults[0], `error: ${dir}/d.yaml: is not UTF-8 text`)
  t.match(
    faults[1],
    /^error: .*\/a\.yaml: is not YAML: .* at line 2, column 1$/,
  )
  t.equal(
    faults[2],
    `error: ${dir}/c.yaml: is not a mapping of keys to values at line 1, column 1`,
  )
})

t.test('a name that would end a comment is an error', async t => {
  for (const name of [
    'a\nserver_name: evil #.yaml',
    'a\u2028b.yaml',
    'a\u0085b.yaml',
    'a\ufeff.yaml',
    'CHANGEME.yaml',
    'a\ufffd.yaml',
  ]) {
    const { overlays, faults } = await recalled(t, { [name]: 'k: 1\n' })
    t.equal(overlays, undefined)
    t.same(faults, [
      `error: ${dir}: ${show(name)}: give this file another name`,
    ])
  }
})

t.test('a link or a directory is an error', async t => {
  const host = hostIn(t, { [`${dir}/a.yaml/x`]: '', '/secret': 'a: 1\n' })
  symlinkSync(join(host.root, '/secret'), join(host.root, dir, 'b.yaml'))
  const report = newReport()
  t.equal(await recallOverlays(host, {}, report), undefined)
  t.same(report.faults.map(renderFault), [
    `error: ${dir}/a.yaml: is a directory, not a file`,
    `error: ${dir}/b.yaml: is a symbolic link, which cook does not follow here`,
  ])
})

t.test('files that are together too large are not read', async t => {
  const large = `# ${'x'.repeat(1024 * 1024)}\n`
  const fine = { 'a.yaml': large, 'b.yaml': 'a: 1\n', 'c.yml': large }
  t.same((await recalled(t, fine)).faults, [])
  const { overlays, faults } = await recalled(t, {
    'a.yaml': large,
    'b.yaml': Buffer.from(large.replace('x', '\xff'), 'latin1'),
  })
  t.equal(overlays, undefined)
  t.same(faults, [
    `error: ${dir}: its files are together larger than the 2 MiB that cook reads`,
  ])
})

t.test('a file that is too large alone is named', async t => {
  const text = `# ${'x'.repeat(2 * 1024 * 1024)}\n`
  const { faults } = await recalled(t, { 'a.yaml': 'a: 1\n', 'b.yaml': text })
  t.same(faults, [
    `error: ${dir}/b.yaml: is larger than the 2 MiB that cook reads`,
  ])
})

t.test('more than a thousand files are not read', async t => {
  const files = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`${i}.yaml`, '']),
    )
  t.same((await recalled(t, files(1_000))).faults, [])
  const { overlays, faults } = await recalled(t, files(1_001))
  t.equal(overlays, undefined)
  t.same(faults, [
    `error: ${dir}: has more than the 1,000 *.yaml files that cook reads`,
  ])
})

t.test('keys that others rely on cannot be changed', async t => {
  const name = `error: ${dir}: server_name must be example.com`
  const pid = `error: ${dir}: pid_file must be ${paths.pidFile}`
  for (const [text, faults] of [
    ['server_name: example.com\n', []],
    ['server_name: "example.com"\n', []],
    [`pid_file: ${paths.pidFile}\n`, []],
    ['server_name: other.example\n', [name]],
    ['server_name:\n', [name]],
    ['"server_name": [example.com]\n', [name]],
    ['{pid_file: /tmp/x}\n', [pid]],
    ['pid_file: /tmp/x\nserver_name: x\n', [pid, name]],
  ] as const) {
    t.same((await recalled(t, { 'a.yaml': text })).faults, faults, show(text))
  }
  const two = {
    'a.yaml': 'server_name: x',
    'b.yaml': 'server_name: example.com',
  }
  t.same((await recalled(t, two)).faults, [], 'the last one counts')
})

t.test('without DOMAIN the server name is not compared', async t => {
  const host = hostIn(t, { [`${dir}/a.yaml`]: 'server_name: other\n' })
  const report = newReport()
  await recallOverlays(host, {}, report)
  t.same(report.faults, [])
})

const all = '0.0.0.0'

const nowhere =
  'listeners has no entry of type http with a port or a path, so nobody ' +
  'could reach Synapse'

t.test('listeners in local overrides say where to probe', async t => {
  for (const [text, probes] of [
    ['a: 1\n', undefined],
    ['listeners: []\n', []],
    ['listeners:\n', []],
    ['listeners: word\n', []],
    ['listeners: [word, ~, 1, []]\n', []],
    [
      'listeners: [{port: 8008, type: http}]\n',
      [{ address: all, port: 8008, tls: false }],
    ],
    [
      'listeners:\n- port: 8448\n  type: http\n  tls: true\n' +
        '  bind_addresses: [10.0.0.1, "::1"]\n',
      [
        { address: '10.0.0.1', port: 8448, tls: true },
        { address: '::1', port: 8448, tls: true },
      ],
    ],
    [
      'listeners: [{port: 8008, type: http, tls: no, bind_address: "::1"}]\n',
      [{ address: '::1', port: 8008, tls: false }],
    ],
    [
      'listeners: [{port: 8008, type: http, tls: yes, bind_address: ""}]\n',
      [{ address: all, port: 8008, tls: true }],
    ],
    [
      'listeners: [{port: 8008, type: http, bind_addresses: []}]\n',
      [{ address: all, port: 8008, tls: false }],
    ],
    [
      'listeners: [{port: 8, type: http, bind_addresses: ["::1"], ' +
        'bind_address: 10.0.0.1}]\n',
      [
        { address: '::1', port: 8, tls: false },
        { address: '10.0.0.1', port: 8, tls: false },
      ],
    ],
    ['listeners: [{port: 9000, type: metrics}]\n', []],
    ['listeners: [{port: "8008", type: http}]\n', []],
    [
      'listeners: [{path: /tmp/x.sock, type: http}]\n',
      [{ socket: '/tmp/x.sock' }],
    ],
    ['listeners: [{path: "", type: http}, {path: 7, type: http}]\n', []],
    ['listeners: [{path: /tmp/x.sock, type: metrics}]\n', []],
    [
      'listeners: [{port: 1, type: http}, {port: 2, type: http}]\n',
      [
        { address: all, port: 1, tls: false },
        { address: all, port: 2, tls: false },
      ],
    ],
    [
      'a: &l [{port: 3, type: http}]\nlisteners: *l\n',
      [{ address: all, port: 3, tls: false }],
    ],
  ] as const) {
    const { overlays, faults } = await recalled(t, { 'a.yaml': text })
    const isLost = probes?.length === 0
    t.same(faults, isLost ? [`error: ${dir}: ${nowhere}`] : [], show(text))
    t.strictSame(overlays?.probes, probes, show(text))
  }
  const { overlays } = await recalled(t, {
    'a.yaml': 'listeners: [{port: 1, type: http}]\n',
    'b.yaml': 'listeners: [{port: 2, type: http}]\n',
  })
  t.match(overlays?.probes, [{ port: 2 }], 'the last file counts')
})

t.test('with the edge they must have its socket', async t => {
  const edge = { EDGE: 'yes' }
  const port = '{port: 8008, type: http}'
  const other = '{path: /tmp/x.sock, type: http}'
  const own = `{path: ${paths.synapseSocket}, mode: 432, type: http}`
  const missing = new RegExp(
    `: listeners has no entry .*${paths.synapseSocket}`,
  )
  for (const each of [port, other, `${port}, ${other}`]) {
    const files = { 'a.yaml': `listeners: [${each}]\n` }
    t.match((await recalled(t, files, edge)).faults, [missing], each)
    t.same((await recalled(t, files)).faults, [], each)
    const both = { 'a.yaml': `listeners: [${each}, ${own}]\n` }
    t.same((await recalled(t, both, edge)).faults, [], each)
  }
  t.same((await recalled(t, { 'a.yaml': 'a: 1\n' }, edge)).faults, [])
})
