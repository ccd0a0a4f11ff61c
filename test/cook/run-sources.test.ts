// Where parameters come from in a whole run, and errors about them.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { paths } from '../../lib/contract/paths.ts'
import { cook, result, type Cooking } from '../small/cooking.ts'
import { differences, picture } from '../e2e/setting.ts'
import { required } from '../small/given.ts'
import { hostIn } from '../small/host-in.ts'

const plain = { ...required, NOSSL: 'yes' }

t.test('later sources override earlier ones', async t => {
  const host = hostIn(t, {
    [paths.potEnvironment]: 'export "DOMAIN=example.com"\n',
    [paths.recordedParams]: 'export "LOGLEVEL=DEBUG"\n',
    '/own.env': 'ALERTEMAIL=file@example.com\n',
  })
  const file = join(host.root, '/own.env')
  const level = async (
    argv: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ) => {
    const environment = { NOSSL: 'yes', IP: '10.192.0.5', ...more }
    const here = ['--root', host.root, '--env-file', file, ...argv]
    const { code, said } = await cook(here, { environment })
    t.equal(code, 0, said)
    return host.text(paths.logConfig)?.match(/level: "(\w+)"/)?.[1]
  }
  const pot = (text: string) =>
    writeFileSync(
      join(host.root, paths.potEnvironment),
      `export "DOMAIN=example.com"\n${text}`,
    )
  t.equal(
    await level([]),
    'INFO',
    'the default, because the environment names DOMAIN',
  )
  pot('export "LOGLEVEL=WARNING"\n')
  t.equal(await level([]), 'WARNING', 'pot')
  t.equal(await level([], { LOGLEVEL: 'ERROR' }), 'ERROR', 'the environment')
  writeFileSync(file, 'ALERTEMAIL=a@example.com\nLOGLEVEL=CRITICAL\n')
  t.equal(await level([], { LOGLEVEL: 'ERROR' }), 'CRITICAL', 'the file')
  const flag = ['--log-level', 'DEBUG']
  t.equal(await level(flag, { LOGLEVEL: 'ERROR' }), 'DEBUG', 'the flag')
})

t.test('the record is used if no environment names DOMAIN', async t => {
  const host = hostIn(t, { '/etc/rc.conf': '' })
  const here = ['--root', host.root]
  const given = { ...plain, MAXUPLOAD: '3M', SMTPHOST: 'mail.example.com' }
  const first = await cook(here, {
    environment: { ...given, SMTPFROM: 'a@b.org' },
  })
  t.equal(first.code, 0, first.said)
  const again = await cook(here, { environment: {} })
  t.match(again.out, /nothing to do/)

  const flag = [...here, '--smtp-port', '587']
  t.equal((await cook(flag, { environment: {} })).code, 0)
  t.match(host.text(paths.homeserver), 'max_upload_size: "3M"')
  t.match(host.text(paths.homeserver), 'smtp_port: 587')
  t.match(host.text(paths.recordedParams), 'export "SMTPPORT=587"\n')

  t.equal((await cook(here, { environment: plain })).code, 0)
  t.match(host.text(paths.homeserver), 'max_upload_size: "50M"')
  t.notMatch(host.text(paths.homeserver), 'email:')
  t.notMatch(host.text(paths.recordedParams), 'MAXUPLOAD')
})

t.test('a DOMAIN given only as a flag does not replace the record', async t => {
  const host = hostIn(t, { '/etc/rc.conf': '' })
  const here = ['--root', host.root]
  await cook(here, { environment: { ...plain, MAXUPLOAD: '3M' } })
  const argv = [...here, '--domain', 'example.com']
  const { code, out } = await cook(argv, { environment: {} })
  t.equal(code, 0)
  t.match(out, /nothing to do/)
})

t.test('a broken record is reported if it is needed', async t => {
  for (const [text, told] of [
    ['garbage (', `error: ${paths.recordedParams}: line 1 is not export`],
    [
      Buffer.from([0xff, 0xfe]),
      `error: ${paths.recordedParams}: is not UTF-8 text`,
    ],
    ['', 'error: DOMAIN (missing): required, for example example.com'],
  ] as const) {
    const { root } = hostIn(t, { [paths.recordedParams]: text })
    const before = picture(root)
    const { code, err } = await cook(['--root', root], { environment: {} })
    t.equal(code, 78)
    t.match(err, told)
    t.same(differences(before, picture(root)), [])
    // And it is written again if it is not.
    const { code: repaired } = await cook(['--root', root])
    t.equal(repaired, 0)
    t.equal((await cook(['--root', root], { environment: {} })).code, 0)
  }
})

t.test('a typo in a variable is a warning, in a flag an error', async t => {
  const { root } = hostIn(t, { '/etc/rc.conf': '' })
  const environment = { ...plain, SMTPHOTS: 'x', SMTPHOS: 'y', PATHS: 'z' }
  const { code, err } = await cook(['check', '--root', root], { environment })
  t.equal(code, 0)
  t.match(
    err,
    'warning: SMTPHOTS (environment): ignored: did you mean SMTPHOST?\n',
  )
  t.match(err, 'warning: SMTPHOS (environment): ignored')
  t.notMatch(err, 'PATHS')
  t.equal((await cook(['check', '--smtphots', 'x'])).code, 64)
})

const faulty: Cooking = {
  environment: {
    DOMAIN: 'https://Example.com/',
    IP: '10.0.0',
    ALERTEMAIL: 'nobody',
    SMTPPORT: '58x7',
    SMTPUSER: 'me',
    LOGLEVEL: 'LOUD',
    MYSHAREDSECRET: 'tell\u0007nobody',
    SMTPPASS_FILE: '/no/such/file',
    FEDERATON: 'no',
  },
}

t.test('all errors are reported at once, one a line', async t => {
  const { root } = hostIn(t, {
    '/mnt/matrixdata/homeserver.d/a.yaml': 'a: [',
    '/etc/rc.conf': '',
  })
  const before = picture(root)
  for (const command of ['apply', 'plan', 'check']) {
    const argv = [command, '--root', root, '--max-upload', 'lots']
    const { code, err, out } = await cook(argv, faulty)
    t.equal(code, 78)
    const lines = err.split('\n').slice(0, -1)
    t.same(
      lines.filter(line => !/^(error|warning): \S/.test(line)),
      [],
    )
    const subjects = lines
      .filter(line => line.startsWith('error'))
      .map(line => line.replace(/^error: (\S+?):? .*$/, '$1'))
    for (const name of [
      'DOMAIN',
      'IP',
      'ALERTEMAIL',
      'SMTPPORT',
      'LOGLEVEL',
      'MYSHAREDSECRET',
      'SMTPPASS_FILE',
      'MAXUPLOAD',
      'SMTPHOST',
      ...(command === 'check' ? [] : [`${paths.overlayDir}/a.yaml`]),
    ]) {
      t.ok(subjects.includes(name), `${command}: ${name}`)
    }
    t.match(err, 'warning: FEDERATON (environment): ignored')
    t.match(err, 'error: MAXUPLOAD (flag): "lots" ')
    t.match(out, /nothing was changed\n$/)
    t.notMatch(err + out, 'nobody\u0007')
    t.notMatch(err + out, /tell/)
  }
  t.same(differences(before, picture(root)), [])
})

t.test('with --json each error is an object', async t => {
  const { root } = hostIn(t, { '/etc/rc.conf': '' })
  const cooked = await cook(['--json', '--root', root], faulty)
  const { faults } = result(cooked) as { faults: Record<string, string>[] }
  const port = faults.find(({ subject }) => subject === 'SMTPPORT')
  t.same(port, {
    severity: 'error',
    subject: 'SMTPPORT',
    message: '"58x7" is not a port (1-65535)',
    source: 'environment',
  })
  t.match(faults.at(-1), { severity: /error|warning/ })
  t.notMatch(cooked.said, /tell/)
})

t.test('a warning about local overrides is said once in each run', async t => {
  const { root } = hostIn(t, {
    [`${paths.overlayDir}/own.yml`]: 'a: 1\n',
    [`${paths.overlayDir}/own.yaml`]: 'max_upload_size: 1G\nmax-size: 1\n',
    '/etc/rc.conf': '',
  })
  const environment = { ...plain, MAXUPLOAD: '60M' }
  // The first one changes something and the second one does not.
  for (const command of ['plan', 'apply', 'apply']) {
    const { code, err } = await cook([command, '--root', root], { environment })
    t.equal(code, command === 'plan' ? 2 : 0, err)
    for (const message of [
      `${paths.overlayDir}: only *.yaml is read: ignored "own.yml"`,
      `${paths.overlayDir}/own.yaml: "max-size" is not a key of Synapse`,
      `${paths.overlayDir}/own.yaml: sets max_upload_size, so MAXUPLOAD has no`,
    ]) {
      t.equal(err.split(`warning: ${message}`).length, 2, message)
    }
  }
})
