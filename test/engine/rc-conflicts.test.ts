// What rc.conf(5) says otherwise than cook.

import t from 'tap'
import { paths } from '../../lib/contract/paths.ts'
import { renderFault } from '../../lib/contract/report.ts'
import { rcConflicts, rcFaults } from '../../lib/engine/rc-conflicts.ts'
import type { Step } from '../../lib/engine/steps/step.ts'
import { sshd } from '../../lib/services/sshd/index.ts'
import { synapseDaemon } from '../../lib/services/synapse/daemon.ts'
import { hostIn } from '../small/host-in.ts'
import { serviceStep } from '../small/service-step.ts'

const files = [
  '/etc/defaults/rc.conf',
  '/etc/defaults/vendor.conf',
  '/etc/rc.conf',
  '/etc/rc.conf.local',
  '/etc/rc.conf.d/synapse',
  '/etc/rc.conf.d/synapse/own',
  '/usr/local/etc/rc.conf.d/synapse',
]

const told = (...args: Parameters<typeof rcConflicts>): string[] =>
  rcConflicts(...args).map(renderFault)

t.test('without such variables, or with the usual values, all is well', t => {
  t.same(told(synapseDaemon, hostIn(t, {})), [])
  const usual = [
    'synapse_enable="YES"',
    'synapse_user="synapse"',
    `synapse_conf="${paths.homeserver}"`,
    `synapse_pidfile="${paths.pidFile}"`,
    'synapse_dbdir="/var/db/matrix-synapse"',
    'synapse_logdir="/var/log/matrix-synapse"',
    'synapse_flags=""',
    'synapse_nice="5"',
    '# synapse_conf="/mine"',
    'my_synapse_conf="/mine"',
  ]
  const host = hostIn(t, { '/etc/rc.conf': usual.join('\n') })
  t.same(told(synapseDaemon, host), [])
  t.end()
})

t.test('the variable and its file are named, whichever it is', async t => {
  for (const path of files) {
    for (const name of [
      'conf',
      'pidfile',
      'user',
      'flags',
      'program',
      'chroot',
    ]) {
      const host = hostIn(t, { [path]: `synapse_${name}="/mine"\n` })
      const [line = '', ...more] = told(synapseDaemon, host)
      t.match(line, `error: synapse_${name} (${path}): with "/mine" `)
      t.match(line, /: remove it$/)
      t.same(more, [])
    }
  }
})

t.test('the last file counts', async t => {
  const mine = 'synapse_conf="/mine"\n'
  const usual = `synapse_conf="${paths.homeserver}"\n`
  for (const [before, after, count] of [
    [mine, usual, 0],
    [usual, mine, 1],
  ] as const) {
    const host = hostIn(t, {
      '/etc/rc.conf': before,
      '/usr/local/etc/rc.conf.d/synapse': after,
    })
    t.equal(told(synapseDaemon, host).length, count)
  }
})

t.test('what cannot be read is an error, not a guess', async t => {
  const host = hostIn(t, { '/etc/rc.conf': 'synapse_conf="$mine"\n' })
  t.match(told(synapseDaemon, host), [
    'error: synapse_conf (/etc/rc.conf): is set in a form that cook cannot read',
  ])
})

t.test('directories that Synapse does not use are a warning', async t => {
  const text = 'synapse_dbdir="/mnt/db"\nsynapse_logdir="/mnt/log"\n'
  const host = hostIn(t, { '/etc/rc.conf': text })
  t.match(told(synapseDaemon, host), [
    'warning: synapse_dbdir (/etc/rc.conf): with "/mnt/db" has no effect: cook',
    'warning: synapse_logdir (/etc/rc.conf): with "/mnt/log" has no effect: cook',
  ])
})

t.test('sshd: another program, configuration or key', async t => {
  const { daemon } = sshd
  for (const [line, isWrong] of [
    ['sshd_program="/usr/local/sbin/sshd"', true],
    ['sshd_program="/usr/sbin/sshd"', false],
    ['sshd_flags="-p 2222 -4"', false],
    ['sshd_flags="-o Port=22 -u0"', false],
    ['sshd_flags="-oMaxAuthTries=3 -E /var/log/f"', false],
    ['sshd_flags="-f /etc/ssh/mine"', true],
    ['sshd_flags="-4f/etc/ssh/mine"', true],
    ['sshd_flags="-p 22 -o pidfile=/x"', true],
    ["sshd_flags='-oAuthorizedKeysFile=/x'", true],
    ['sshd_flags="-h /root/key"', true],
  ] as const) {
    const host = hostIn(t, { '/etc/rc.conf.d/sshd': line })
    const [fault] = daemon ? told(daemon, host) : []
    t.equal(fault !== undefined, isWrong, line)
    isWrong && t.match(fault, /^error: sshd_\w+ \(\/etc\/rc\.conf\.d\/sshd\): /)
  }
})

t.test('a variable of cook that a later file sets otherwise', async t => {
  const enable: Step = { kind: 'rcvar', name: 'synapse_enable', value: 'YES' }
  const keep: Step = {
    kind: 'rcvar',
    name: 'clear_tmp_enable',
    value: 'NO',
    script: 'cleartmp',
  }
  for (const [step, path, text, isWrong] of [
    [enable, '/etc/rc.conf', 'synapse_enable="NO"', false],
    [enable, '/etc/defaults/rc.conf', 'synapse_enable="NO"', false],
    [enable, '/etc/rc.conf.local', 'synapse_enable="NO"', true],
    [enable, '/etc/rc.conf.local', 'synapse_enable="on"', false],
    [enable, '/etc/rc.conf.d/synapse', 'synapse_enable=', true],
    [enable, '/etc/rc.conf.d/sshd', 'synapse_enable="NO"', false],
    [keep, '/etc/rc.conf.d/cleartmp', 'clear_tmp_enable="YES"', true],
    [keep, '/etc/rc.conf.local', 'clear_tmp_enable="0"', false],
  ] as const) {
    const faults = rcFaults([step], hostIn(t, { [path]: text }))
    t.equal(faults.length, isWrong ? 1 : 0, `${path}: ${text}`)
    const [fault] = faults
    isWrong && t.match(fault, { severity: 'error', source: path })
  }
})

t.test('a service that should be down may be anything', async t => {
  const host = hostIn(t, { '/etc/rc.conf': 'synapse_conf="/mine"\n' })
  t.equal(rcFaults([serviceStep([])], host).length, 1)
  t.same(rcFaults([serviceStep([], { down: true })], host), [])
})
