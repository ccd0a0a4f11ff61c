// cook user: accounts that the administrator creates.

import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { atTerminal, type Act } from '../../jail/person.ts'
import { isAdmin, logIn, patient } from '../api.ts'
import {
  address,
  differences,
  domain,
  environment,
  jailPicture,
  settle,
  type Kind,
  type Setting,
} from '../setting.ts'

const hostile = {
  quotes: '"double" \'single\' `back`',
  shell: '$(id) ${HOME} $x \\ \\n ; | & > # ! * ~',
  spaces: '  spaces before and after  ',
  unicode: 'Größe 🔑 \u2028\u202e ﬃ',
  json: '{"a": "\\u0041"}\\',
  longest: `${'🔑'.repeat(256)}${'x'.repeat(256)}`,
}

const passwordFile = '/root/password'

const give = ({ jail }: Setting, text: string | Buffer): void =>
  writeFileSync(jail.path(passwordFile), text)

const overlay = '/mnt/matrixdata/homeserver.d/10-own.yaml'

const own = ({ jail }: Setting, text: string): void => {
  const path = jail.path(overlay)
  mkdirSync(jail.path('/mnt/matrixdata/homeserver.d'), { recursive: true })
  writeFileSync(path, text)
}

const fromFile = ['--password-file', passwordFile]

export const users = async (t: Test, kind: Kind): Promise<void> => {
  const setting = await settle(t, kind)
  const { jail, cook } = setting
  const said: string[] = []

  const user = async (args: string[], input = '') => {
    const env = environment()
    const done = await jail.exec(['cook', 'user', ...args], { env, input })
    said.push(done.stdout, done.stderr)
    return done
  }

  const typed = (args: string[], acts: readonly Act[]) =>
    atTerminal(jail, ['cook', 'user', ...args], environment(), acts)

  await t.test('without a homeserver there are no accounts', async t => {
    const { code, stderr } = await user(['alice'], 'x\n')
    t.equal(code, 69)
    t.match(stderr, /there is no homeserver here yet: run cook first/)
  })

  let before: Record<string, string> = {}

  await t.test('a homeserver', async t => {
    own(setting, patient)
    const { code, stderr } = await cook()
    t.equal(code, 0, stderr)
    before = jailPicture(jail)
  })

  for (const [name, password] of Object.entries(hostile)) {
    await t.test(`a password with ${name} is unchanged`, async t => {
      give(setting, `${password}\r\nnot this\n`)
      const { code, stdout, stderr } = await user([name, ...fromFile])
      t.equal(code, 0, stderr)
      t.equal(stdout, `@${name}:${domain}\n`)
      const { status, access_token } = await logIn(setting, name, password)
      t.equal(status, 200)
      t.equal(await isAdmin(setting, name, access_token), 403)
    })
  }

  await t.test('--admin creates an administrator', async t => {
    give(setting, 's3cr3t')
    const whole = `@boss:${domain}`
    const args = [whole, '--admin', '--json', ...fromFile]
    const { code, stdout } = await user(args)
    t.equal(code, 0)
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    t.match(lines[0], { level: 'info', message: whole, admin: true })
    t.strictSame(lines[1], {
      result: 'ok',
      user_id: whole,
      admin: true,
      exit: 0,
    })
    const { access_token } = await logIn(setting, 'boss', 's3cr3t')
    t.equal(await isAdmin(setting, 'boss', access_token), true)
    const path = `/_synapse/admin/v2/users/${whole}/devices`
    const { text } = await jail.fetch(`http://127.0.0.1:8008${path}`, {
      headers: { authorization: `Bearer ${String(access_token)}` },
    })
    t.equal(JSON.parse(text).total, 1, 'no device but that of this login')
  })

  await t.test('73: a name that is taken', async t => {
    for (const name of ['boss', `@boss:${domain}`]) {
      const { code, stdout, stderr } = await user([name], 'other\n')
      t.equal(code, 73)
      t.equal(stdout, '')
      t.equal(stderr, `error: @boss:${domain} is taken\n`)
    }
    t.equal((await logIn(setting, 'boss', 's3cr3t')).status, 200)
  })

  await t.test('without a terminal it reads one line of input', async t => {
    const { code, stderr } = await user(['carol'], 's3cr3t two\nmore\n')
    t.equal(code, 0, stderr)
    t.equal((await logIn(setting, 'carol', 's3cr3t two')).status, 200)
    // The writer may never end: cook does not wait for that.
    const child = jail.spawn(['cook', 'user', 'dave'], { env: environment() })
    child.stdin!.write('s3cr3t\n')
    const signal = AbortSignal.timeout(20_000)
    const [ended] = await once(child, 'exit', { signal })
    t.equal(ended, 0)
    t.equal((await logIn(setting, 'dave', 's3cr3t')).status, 200)
  })

  await t.test('wrong names and passwords are refused with 64', async t => {
    give(setting, 'x'.repeat(513))
    const first = `--password-file ${passwordFile}: the first line`
    const write = (args: string[], input: string) => ({ args, input })
    for (const [run, told] of [
      [write(['Alice'], 'x'), '"Alice" has upper-case letters: write "alice"'],
      [
        write(['12'], 'x'),
        '"12" is a number: Synapse reserves numbers for guests',
      ],
      [write(['@a:b.example'], 'x'), `this one is ${domain}`],
      [write(['_eve'], 'x'), 'User ID may not begin with _'],
      [write(['eve'], ''), 'there is no password: standard input is empty'],
      [write(['eve'], 'a\tb\n'), 'contains a control character'],
      [write(['eve', ...fromFile], ''), `${first} is longer than 512`],
      [write(['eve', '--password-file', '/none'], ''), '/none: no such file'],
      [
        write(['eve', '--root', '/'], 'x'),
        '--root does not apply to cook user',
      ],
      [write(['eve', '--domain', 'x'], 'x'), '--domain does not apply'],
      [write([], 'x'), 'cook user needs NAME'],
      [write(['eve', 's3cr3t'], 'x'), 'cook user takes one argument: NAME'],
    ] as const) {
      const { code, stdout, stderr } = await user(run.args, run.input)
      t.equal(code, 64, told)
      t.equal(stdout, '')
      t.ok(stderr.includes(told), stderr)
    }
    give(setting, Buffer.from([0xff]))
    const { code, stderr } = await user(['eve', ...fromFile])
    t.equal(code, 64)
    t.match(stderr, 'is not UTF-8 text')
  })

  await t.test('only root may run it', async t => {
    const { code, stderr } = await jail.exec(['cook', 'user', 'eve'], {
      env: environment(),
      user: 'synapse',
      input: 'x\n',
    })
    t.equal(code, 77)
    t.equal(stderr, 'error: cook user must run as root\n')
  })

  await t.test('at a terminal it asks twice without echo', async t => {
    const seen = await typed(
      ['frida'],
      [
        ['Password', 'sé\x7fe🔑x\x7fcret\r'],
        ['Retype', 'wrong\x15se🔑cret\r'],
      ],
    )
    t.strictSame(seen, {
      output:
        `Password for @frida:${domain}: \r\nRetype password: \r\n` +
        `@frida:${domain}\r\n`,
      code: 0,
      signal: null,
      hidden: true,
      restored: true,
    })
    t.equal((await logIn(setting, 'frida', 'se🔑cret')).status, 200)
  })

  await t.test('input typed ahead is read', async t => {
    const seen = await typed(
      ['gustav', '--quiet'],
      [['Password', 's3cr3t\rs3cr3t\r']],
    )
    t.match(seen, { code: 0, hidden: true, restored: true })
    t.equal((await logIn(setting, 'gustav', 's3cr3t')).status, 200)
  })

  await t.test(
    'the terminal is restored however the questions end',
    async t => {
      const ends: readonly [readonly Act[], object][] = [
        [
          [
            ['Password', 'a\r'],
            ['Retype', 'b\r'],
          ],
          { code: 64, output: /the two passwords do not match/ },
        ],
        [
          [
            ['Password', '\r'],
            ['Retype', '\r'],
          ],
          { code: 64, output: /the password is empty/ },
        ],
        [
          [
            ['Password', '\x1b[A\r'],
            ['Retype', '\x1b[A\r'],
          ],
          { code: 64, output: /the password contains a control character/ },
        ],
        [[['Password', '\x04']], { code: 64, output: /no password was given/ }],
        [[['Password', 's3cr3t\x03']], { signal: 'SIGINT' }],
        [
          [
            ['Password', 's3cr3t\r'],
            ['Retype', 'SIGINT'],
          ],
          { signal: 'SIGINT' },
        ],
        [
          [
            ['Password', 's3cr3t'],
            ['', 'SIGTERM'],
          ],
          { signal: 'SIGTERM' },
        ],
        [
          [
            ['Password', 's3cr3t'],
            ['', 'SIGHUP'],
          ],
          { signal: 'SIGHUP' },
        ],
      ]
      for (const [acts, expected] of ends) {
        const seen = await typed(['hanna'], acts)
        t.match(seen, { hidden: true, restored: true, ...expected })
        t.notMatch(seen.output, /s3cr3t/)
      }
      t.equal((await logIn(setting, 'hanna', 's3cr3t')).status, 403)
    },
  )

  await t.test('no file of the jail has changed', async t => {
    rmSync(jail.path(passwordFile))
    t.strictSame(
      differences(before, jailPicture(jail)).filter(path => path !== 'root'),
      [],
    )
  })

  await t.test('no password was printed or written anywhere', async t => {
    const log = readFileSync(jail.path('/var/log/cook.log'), 'utf8')
    for (const text of [...said, log]) {
      t.notMatch(text, /s3cr3t/)
      for (const password of Object.values(hostile)) {
        t.notOk(text.includes(password.trim()))
      }
    }
  })

  await t.test('a secret that Synapse has not read is reported', async t => {
    own(setting, `${patient}registration_shared_secret: "an own one"\n`)
    t.equal((await cook(['--no-start'])).code, 0)
    const { code, stderr } = await user(['ida'], 'x\n')
    t.equal(code, 69)
    t.match(stderr, /Synapse uses another registration_shared_secret than/)
  })

  await t.test('a secret and a TLS listener of overrides are used', async t => {
    own(
      setting,
      `${patient}registration_shared_secret: "an own one"
listeners:
  - {type: http, port: 8009, bind_addresses: ["${address}"],
     resources: [{names: [federation]}]}
  - {type: http, port: 8010, tls: true, bind_addresses: ["${address}"],
     resources: [{names: [client]}]}
`,
    )
    const applied = await cook()
    t.equal(applied.code, 0, applied.stderr)
    const { code, stdout, stderr } = await user(['ida'], 'x\n')
    t.equal(code, 0, stderr)
    t.equal(stdout, `@ida:${domain}\n`)
  })

  await t.test('local overrides without a secret are reported', async t => {
    own(setting, `${patient}registration_shared_secret: null\n`)
    const applied = await cook()
    t.equal(applied.code, 0, applied.stderr)
    const { code, stderr } = await user(['jan'], 'x\n')
    t.equal(code, 69)
    t.match(
      stderr,
      /Synapse has no registration_shared_secret: local overrides/,
    )
    own(setting, patient)
    t.equal((await cook()).code, 0)
  })

  await t.test('without a running Synapse no request is sent', async t => {
    await jail.exec(['service', 'synapse', 'onestop'])
    const { code, stderr } = await user(['jan'], 'x\n')
    t.equal(code, 69)
    t.match(stderr, /^error: synapse is not running/)
  })
}
