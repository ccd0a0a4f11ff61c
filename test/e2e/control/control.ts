// The control user: who can log in by ssh, and who cannot.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import type { Test } from 'tap'
import type { Jail } from '../../jail/jail.ts'
import {
  dataSet,
  differences,
  jailPicture,
  settle,
  type Kind,
} from '../setting.ts'
import { sshClient } from './ssh.ts'

const wanted = { NOSSL: 'yes', CONTROLUSER: 'yes' }
const unwanted = { NOSSL: 'yes', CONTROLUSER: 'no' }
const home = '/mnt/matrixdata/control'

const read = (jail: Jail, path: string): string =>
  readFileSync(jail.path(path), 'utf8')

const sshdPid = (jail: Jail): string => read(jail, '/var/run/sshd.pid')

const write = (jail: Jail, path: string, text: string): void =>
  writeFileSync(jail.path(path), text)

const sh = async (jail: Jail, script: string): Promise<string> => {
  const { code, stdout, stderr } = await jail.exec(['/bin/sh', '-c', script])
  if (code !== 0) {
    throw new Error(`${script}: ${stderr}`)
  }
  return stdout
}

// FreeBSD's sshd asks for passwords through PAM.
const letPasswordsIn = (jail: Jail): void => {
  mkdirSync(jail.path('/etc/pam.d'))
  write(
    jail,
    '/etc/pam.d/sshd',
    'auth required pam_unix.so\naccount required pam_unix.so\n' +
      'session required pam_permit.so\n',
  )
  const own = read(jail, '/etc/ssh/sshd_config')
  write(
    jail,
    '/etc/ssh/sshd_config',
    `${own}UsePAM yes\nPasswordAuthentication yes\nStrictModes no\n` +
      'Match User control\n\tPasswordAuthentication yes\n',
  )
}

const setPasswords = async (jail: Jail, password: string): Promise<void> => {
  const hash = execFileSync('openssl', ['passwd', '-6', password], {
    encoding: 'utf8',
  }).trim()
  const names = ['root', 'sshd', 'alice', 'control']
  const lines = names.map(name => `${name}:${hash}:19000::::::\n`)
  write(jail, '/etc/shadow', lines.join(''))
  // PAM uses that file only for such users.
  await sh(jail, "sed -i -E 's/^(alice|control):[*]/\\1:x/' /etc/passwd")
}

export const controlUser = async (t: Test, kind: Kind): Promise<void> => {
  const data = dataSet(t)
  const client = sshClient(t)
  const [mine, other, third] = ['mine', 'other', 'third'].map(name =>
    client.keys(name),
  )
  const { jail, cook } = await settle(t, kind, { data })
  await sh(jail, 'for n in alice bob; do pw useradd $n -m; done')
  letPasswordsIn(jail)
  const before = read(jail, '/etc/ssh/sshd_config')
  const importKeys = (text: string): void =>
    write(jail, '/root/importauthkey', text)

  await t.test('an invalid key is reported with all other errors', async t => {
    importKeys(`# keys\n${mine!.line}hello\n`)
    chmodSync(jail.path('/root/importauthkey'), 0o666)
    mkdirSync(jail.path('/mnt/matrixdata/ssh'), { recursive: true })
    write(jail, '/mnt/matrixdata/ssh/ssh_host_ecdsa_key', 'x')
    chmodSync(data, 0o775)
    const picture = jailPicture(jail)
    const { code, stderr } = await cook([], { ...wanted, MAXUPLOAD: 'much' })
    t.equal(code, 78)
    t.match(stderr, /^error: MAXUPLOAD \(environment\): "much" is not a size/m)
    t.match(stderr, /^error: \/root\/importauthkey: line 3 is not a public/m)
    t.match(stderr, /^error: \/root\/importauthkey: is writable by every/m)
    t.match(stderr, /^error: .*\/ssh_host_ecdsa_key: is not a private key/m)
    t.match(stderr, /^error: \/mnt: must be owned by root and not be/m)
    t.strictSame(differences(picture, jailPicture(jail)), [])
    rmSync(jail.path('/mnt/matrixdata'), { recursive: true })
    rmSync(jail.path('/root/importauthkey'))
    chmodSync(data, 0o755)
  })

  await t.test('plan lists all changes and shows no secret', async t => {
    importKeys(`# keys\r\n${mine!.line}`)
    const picture = jailPicture(jail)
    const { code, stdout } = await cook(['plan'], wanted)
    t.equal(code, 2)
    for (const step of [
      'user control is missing',
      `dir ${home} is missing`,
      'file /mnt/matrixdata/ssh/ssh_host_ed25519_key is missing',
      'file /mnt/matrixdata/ssh/authorized_keys is missing',
      'file /etc/ssh/cook.sshd_config is missing',
      'rcvar sshd_enable is not YES',
      'service sshd is not running',
    ]) {
      t.match(stdout, `\n${step}\n`)
    }
    t.notMatch(stdout, /PRIVATE KEY/)
    t.strictSame(differences(picture, jailPicture(jail)), [])
  })

  await t.test('it logs in with its key, to its home, in wheel', async t => {
    const { code, stdout, stderr } = await cook([], wanted)
    t.equal(code, 0, stderr)
    t.match(stdout, /sshd is healthy after/)
    const done = await client.ssh(jail, mine!, 'id -un; id -Gn; pwd; umask')
    t.equal(done.code, 0, done.stderr)
    t.match(done.stdout, `control\ncontrol wheel\n${home}\n`)
    t.equal(statSync(jail.path(home)).mode & 0o7777, 0o750)
    for (const type of ['ed25519', 'ecdsa']) {
      const path = `/mnt/matrixdata/ssh/ssh_host_${type}_key`
      const { mode, uid } = statSync(jail.path(path))
      t.strictSame([mode & 0o7777, uid], [0o600, 0], type)
    }
  })

  await t.test('sshd uses the host key on the data set', async t => {
    const key = '/mnt/matrixdata/ssh/ssh_host_ed25519_key'
    const made = execFileSync('ssh-keygen', ['-y', '-f', jail.path(key)], {
      encoding: 'utf8',
    })
    const [, base64 = ''] = made.split(' ')
    t.ok(base64.length > 60)
    t.match(client.known(), base64)
  })

  await t.test('nobody logs in without a key or with another key', async t => {
    for (const way of [{}, other!]) {
      const { code, stderr } = await client.ssh(jail, way, 'true')
      t.equal(code, 255)
      t.match(stderr, /^control@[\d.]+: Permission denied \(publickey\)\.\s*$/)
    }
  })

  await t.test('it cannot log in with a password, other users can', async t => {
    await setPasswords(jail, 'right')
    const way = { password: 'right' }
    const alice = await client.ssh(jail, { ...way, user: 'alice' }, 'id -un')
    t.equal(alice.stdout, 'alice\n', alice.stderr)
    const { code, stderr } = await client.ssh(jail, way, 'true')
    t.equal(code, 255)
    t.match(stderr, /Permission denied \(publickey\)/)
  })

  await t.test('a second run changes nothing', async t => {
    const picture = jailPicture(jail)
    const { code, stdout } = await cook([], wanted)
    t.equal(code, 0)
    t.match(stdout, /nothing to do/)
    t.strictSame(differences(picture, jailPicture(jail)), [])
  })

  await t.test('other keys take effect without a restart of sshd', async t => {
    const old = sshdPid(jail)
    importKeys(`restrict,command="echo forced" ${other!.line}`)
    const { code, stderr } = await cook([], wanted)
    t.equal(code, 0, stderr)
    t.equal(sshdPid(jail), old)
    t.equal((await client.ssh(jail, other!, 'id')).stdout, 'forced\n')
    t.equal((await client.ssh(jail, mine!, 'true')).code, 255)
    importKeys(mine!.line)
    t.equal((await cook([], wanted)).code, 0)
    t.equal((await client.ssh(jail, mine!, 'true')).code, 0)
  })

  await t.test('the keys are kept if none are imported', async t => {
    rmSync(jail.path('/root/importauthkey'))
    const { code, stdout, stderr } = await cook([], wanted)
    t.equal(code, 0, stderr)
    t.match(stdout, /nothing to do/)
    t.equal(stderr, '')
    t.equal((await client.ssh(jail, mine!, 'true')).code, 0)
  })

  await t.test('it may have keys that only it can change', async t => {
    const own = `umask 077; mkdir .ssh; echo '${third!.line}' >.ssh/authorized_keys`
    t.equal((await client.ssh(jail, mine!, own)).code, 0)
    t.equal((await client.ssh(jail, third!, 'true')).code, 0)
    // StrictModes is on, whatever follows in the file.
    const open = 'chmod o+w .ssh/authorized_keys'
    t.equal((await client.ssh(jail, mine!, open)).code, 0)
    t.equal((await client.ssh(jail, third!, 'true')).code, 255)
    t.match((await cook([], wanted)).stdout, /nothing to do/)
  })

  await t.test('sshd reads a changed config but not a broken one', async t => {
    const old = sshdPid(jail)
    const path = '/etc/ssh/sshd_config'
    const text = read(jail, path)
    write(jail, path, `${text}Nonsense yes\n`)
    const picture = jailPicture(jail)
    const refused = await cook([], wanted)
    t.equal(refused.code, 69)
    t.match(
      refused.stderr,
      /error: sshd refuses \/etc\/ssh\/sshd_config: sshd stays as it is/,
    )
    t.match(refused.stderr, /sshd_config: line \d+: Bad .* option: Nonsense/)
    const changed = differences(picture, jailPicture(jail))
    // Only the temporary copy for sshd, a line in the log, and the note of what
    // sshd has not read.
    const others = /^(etc\/ssh|var\/(run|log.*|db\/cook(\/readings.json)?))$/
    t.strictSame(
      changed.filter(name => !others.test(name)),
      [],
    )
    t.equal(sshdPid(jail), old)

    write(jail, path, `${text}\tBanner none\n`)
    const { code, stdout } = await cook([], wanted)
    t.equal(code, 0)
    t.match(stdout, /service sshd was started before .*sshd_config changed/)
    t.not(sshdPid(jail), old)
    t.equal(read(jail, path), `${text}\tBanner none\n`)
    write(jail, path, text)
    t.equal((await cook([], wanted)).code, 0)
  })

  await t.test('CONTROLUSER=no: sshd is as before, files are kept', async t => {
    const { code, stdout, stderr } = await cook([], unwanted)
    t.equal(code, 0, stderr)
    t.match(stdout, /sshd is stopped/)
    t.notMatch(read(jail, '/etc/rc.conf'), 'sshd_enable', 'as it was before')
    t.equal(read(jail, '/etc/ssh/sshd_config'), before)
    t.throws(() => lstatSync(jail.path('/etc/ssh/cook.sshd_config')))
    const { stderr: told } = await client.ssh(jail, mine!, 'true')
    t.match(told, /Connection refused/)
    t.ok(lstatSync(jail.path(`${home}/.ssh/authorized_keys`)))
    t.equal(read(jail, '/mnt/matrixdata/ssh/authorized_keys'), mine!.line)
    const picture = jailPicture(jail)
    t.match((await cook([], unwanted)).stdout, /nothing to do/)
    t.strictSame(differences(picture, jailPicture(jail)), [])
  })

  await t.test('a new jail: the same host key and owners', async t => {
    await client.ssh(jail, mine!, 'true')
    t.equal((await cook([], wanted)).code, 0)
    const put = 'echo precious >file; mkdir -m 700 folder; touch folder/x'
    t.equal((await client.ssh(jail, mine!, put)).code, 0)
    const { uid } = statSync(jail.path(home))
    await jail.destroy()
    // Without the two other users the next free uid is another one.
    const second = await settle(t, kind, { data })
    const { code, stderr } = await second.cook([], wanted)
    t.equal(code, 0, stderr)
    t.equal(statSync(second.jail.path(home)).uid, uid)
    const use = 'cat file && echo more >>folder/x && rm -r folder && id -u'
    const done = await client.ssh(second.jail, mine!, use)
    t.equal(done.stdout, `precious\n${uid}\n`, done.stderr)
    t.match((await second.cook([], wanted)).stdout, /nothing to do/)
  })

  await t.test('root does not follow links in its home', async t => {
    const { jail, cook } = await settle(t, kind, { data })
    const inside = jail.path(home)
    rmSync(`${inside}/.ssh`, { recursive: true })
    symlinkSync('/etc/ssh', `${inside}/.ssh`)
    symlinkSync('/etc/passwd', `${inside}/authorized_keys`)
    symlinkSync('/root', `${inside}/.cook`)
    rmSync(jail.path('/mnt/matrixdata/ssh/authorized_keys'))
    const bait = jail.path('/etc/ssh/authorized_keys')
    writeFileSync(bait, mine!.line)
    const written = new Date()
    utimesSync(bait, written, written)
    const picture = jailPicture(jail)
    // Reading a file that was not read for long changes its access time.
    const long = new Date(Date.now() - 7 * 24 * 60 * 60 * 1000)
    utimesSync(bait, long, written)
    const { code, stderr } = await cook([], wanted)
    t.equal(code, 0, stderr)
    t.match(
      stderr,
      /^warning: CONTROLUSER: there is no public key, so nobody can/m,
    )
    t.equal(statSync(bait).atimeMs, long.getTime(), 'it is not even read')
    const changed = differences(picture, jailPicture(jail))
    t.strictSame(
      changed.filter(path => /^(etc|root|mnt\/\w+\/control)\//.test(path)),
      [
        ...['group', 'passwd', 'rc.conf', 'ssh', 'ssh/cook.sshd_config'],
        ...['ecdsa', 'ed25519', 'rsa'].flatMap(type => [
          `ssh/ssh_host_${type}_key`,
          `ssh/ssh_host_${type}_key.pub`,
        ]),
        'ssh/sshd_config',
      ].map(name => `etc/${name}`),
    )
    t.not(statSync(bait).atimeMs, long.getTime(), 'the picture has read it')
  })

  await t.test('a home that another user owns is refused', async t => {
    const { jail, cook } = await settle(t, kind, { data })
    const { uid } = statSync(jail.path(home))
    await sh(jail, `pw useradd carol -u ${uid}`)
    const picture = jailPicture(jail)
    const { code, stderr } = await cook([], wanted)
    t.equal(code, 78)
    t.match(stderr, `error: ${home}: is owned by carol (uid ${uid}) in this`)
    t.strictSame(differences(picture, jailPicture(jail)), [])
  })
}
