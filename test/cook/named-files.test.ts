// Files that a parameter or an option names, of every type: each is read once
// a run, although a run gathers twice.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { paths } from '../../lib/contract/paths.ts'
import { required } from '../small/given.ts'
import { inShell, runtimes } from '../support/from-source.ts'

t.jobs = 2

const given = {
  ...required,
  NOSSL: 'yes',
  SMTPHOST: 'mail.example.com',
  SMTPFROM: 'cook@example.com',
}

/** A directory with a root, and what a script there makes of it. */
const jail = (t: Test, runtime: string) => {
  const dir = t.testdir({ root: {} })
  const root = join(dir, 'root')
  return {
    /** Runs a script in which COOK is cook with that root. */
    run: (script: string, more: Record<string, string> = {}) =>
      inShell(
        runtime,
        `cd '${dir}'; ${script.replaceAll('COOK', `"$@" --root '${root}'`)}`,
        { ...given, ...more },
      ),
    homeserver: () => readFileSync(join(root, paths.homeserver), 'utf8'),
    isLocked: () => existsSync(join(root, paths.lock)),
  }
}

for (const [name, runtime] of Object.entries(runtimes)) {
  t.test(`${name}: a pipe is read once`, async t => {
    const { run, homeserver } = jail(t, runtime)
    let size = 70
    for (const script of [
      'echo MAXUPLOAD=$M | COOK --env-file /dev/stdin',
      'echo MAXUPLOAD=$M | COOK --env-file /dev/fd/0',
      'echo MAXUPLOAD=$M | COOK --env-file /dev/stdin --env-file /dev/fd/0',
      'COOK --env-file <(sleep 1; echo MAXUPLOAD=$M)',
      'mkfifo f; (echo MAXUPLOAD=$M >f) & COOK --env-file f',
      'mkfifo g; (echo MAXUPLOAD=$M >g) & COOK --env-file "$PWD/g"',
      'ln -s /dev/stdin l; echo MAXUPLOAD=$M | COOK --env-file "$PWD/l"',
      'echo MAXUPLOAD=$M >h; COOK --env-file /dev/stdin <h',
    ]) {
      const { code, err } = await run(script, { M: `${++size}M` })
      t.equal(code, exit.ok, `${script}: ${err}`)
      t.match(homeserver(), `max_upload_size: "${size}M"`, script)
    }
  })

  t.test(`${name}: so is that of a secret`, async t => {
    const { run, homeserver } = jail(t, runtime)
    const file = { SMTPUSER: 'cook', SMTPPASS_FILE: '/dev/stdin' }
    const { code, err } = await run('echo geheim1 | COOK', file)
    t.equal(code, exit.ok, err)
    t.match(homeserver(), 'smtp_pass: "geheim1"')
    const flag = 'COOK --smtp-user cook --smtp-pass-file <(echo geheim2)'
    t.equal((await run(flag)).code, exit.ok)
    t.match(homeserver(), 'smtp_pass: "geheim2"')
  })

  t.test(`${name}: what has no end is an error`, async t => {
    const { run, isLocked } = jail(t, runtime)
    for (const [script, fault] of [
      ['mkfifo f; COOK --env-file f', 'f: does not end within 10 s'],
      [
        'mkfifo w; exec 9<>w; COOK --env-file /dev/stdin <w',
        '/dev/stdin: does not end within 10 s',
      ],
      ['COOK --env-file /dev/zero', '/dev/zero: is too large'],
      ['yes | COOK --env-file /dev/stdin', '/dev/stdin: is too large'],
      ['COOK --env-file .', '.: is a directory, not a file'],
      ['truncate -s 1T big; COOK --env-file big', 'big: is too large'],
    ] as const) {
      const { code, err } = await run(script)
      t.equal(code, exit.config, script)
      t.match(err, `error: --env-file (flag): ${fault}\n`)
      t.notOk(isLocked())
    }
  })

  t.test(`${name}: certificates have to be regular files`, async t => {
    const { run } = jail(t, runtime)
    const { code, err } = await run(
      'mkfifo root/f; : | COOK --ldap-ca /f --federation-ca /dev/stdin,/d',
      {
        LDAPSERVER: 'ldap.example.com',
        LDAPDOMAIN: 'example.com',
        LDAPPASSWORD: 'geheim123',
        LDAPTLS: 'starttls',
      },
    )
    t.equal(code, exit.config)
    t.match(err, 'LDAPCA: /f: is not a regular file')
    t.match(err, 'FEDERATIONCA: /dev/stdin: is not a regular file')
    t.match(err, 'FEDERATIONCA: /d: no such file')
  })
}
