// rc.conf(5) may say otherwise than cook.

import { unlinkSync } from 'node:fs'
import t from 'tap'
import { paths } from '../../lib/contract/paths.ts'
import { differences, picture } from '../e2e/setting.ts'
import { cook } from '../small/cooking.ts'
import { at, hostIn } from '../small/host-in.ts'
import { live } from '../small/live.ts'
import { write } from '../small/service-step.ts'
import { calls } from '../small/small-jail.ts'

t.jobs = 4

t.test('it is refused by name, and nothing changes', async t => {
  const { host, run } = live(t)
  t.equal((await run()).code, 0)
  const mine = 'synapse_conf="/usr/local/etc/matrix-synapse/mine.yaml"\n'
  for (const [path, text, told] of [
    ['/etc/rc.conf.local', mine, 'error: synapse_conf (/etc/rc.conf.local): '],
    [
      '/usr/local/etc/rc.conf.d/synapse',
      'synapse_enable="NO"\n',
      'error: synapse_enable (/usr/local/etc/rc.conf.d/synapse): with "NO" ' +
        'takes the place of YES in /etc/rc.conf: remove it',
    ],
  ] as const) {
    write(host, path, text)
    const before = picture(host.root)
    const started = calls(host).length
    for (const argv of [[], ['--max-upload', '3M'], ['plan']]) {
      const { code, err } = await run(argv)
      t.equal(code, 78, err)
      t.match(err, told)
    }
    t.same(differences(before, picture(host.root)), [])
    t.equal(calls(host).length, started)
    unlinkSync(at(host, path))
  }
  t.match(await run(), { code: 0, out: /nothing to do/ })
})

t.test('status does not call such a service healthy', async t => {
  const { host, run } = live(t)
  await run()
  t.equal((await run(['status'])).code, 0)
  write(host, '/etc/rc.conf.d/synapse', 'synapse_conf="/mine.yaml"\n')
  const { code, err } = await run(['status'])
  t.equal(code, 69)
  t.match(err, 'error: synapse_conf (/etc/rc.conf.d/synapse): ')
})

t.test('an image in which rc would not run cook is refused', async t => {
  const packages = '/usr/local/lib/python3.11/site-packages'
  const { root } = hostIn(t, {
    [paths.synapseScript]: 'command="/usr/local/bin/python3.11"\n',
    [`${packages}/matrix_synapse-1.120.0.dist-info/METADATA`]: '',
    [`${packages}/ldap_auth_provider.py`]: '',
    [paths.sshd]: '',
    '/etc/passwd': 'root:*:0:0::/:/bin/sh\nsynapse:*:987:987::/:/bin/sh\n',
    '/etc/group': 'wheel:*:0\nsynapse:*:986\n',
    '/etc/rc.conf.d/cook': 'cook_enable="NO"\n',
    '/etc/rc.conf.d/cleartmp': 'clear_tmp_enable="YES"\n',
  })
  const before = picture(root)
  const argv = ['image', '--root', root]
  const { code, err } = await cook(argv, { environment: {} })
  t.equal(code, 78)
  t.match(err, 'error: cook_enable (/etc/rc.conf.d/cook): ')
  t.match(err, 'error: clear_tmp_enable (/etc/rc.conf.d/cleartmp): ')
  t.same(differences(before, picture(root)), [])
})
