import { chmodSync, statSync } from 'node:fs'
import t from 'tap'
import { paths } from '../../../lib/contract/paths.ts'
import { cook } from '../../small/cooking.ts'
import { at, hostIn, whyNotRoot } from '../../small/host-in.ts'

const lines = 'export "DOMAIN=example.com"\nexport "SMTPPASS=secret"\n'

t.test(
  'cook closes the files of pot to other users',
  { skip: whyNotRoot },
  async t => {
    const host = hostIn(t, {
      [paths.potEnvironment]: lines,
      [paths.potScript]: `${lines}exec /usr/local/bin/cook\n`,
    })
    const here = ['--root', host.root]
    const environment = {
      IP: '10.192.0.5',
      ALERTEMAIL: 'admin@example.com',
      NOSSL: 'yes',
      SMTPHOST: 'mail.example.com',
      SMTPFROM: 'a@b.org',
      SMTPUSER: 'matrix',
    }
    const modes = () =>
      [paths.potEnvironment, paths.potScript].map(path =>
        (statSync(at(host, path)).mode & 0o7777).toString(8),
      )
    t.equal((await cook(here, { environment })).code, 0)
    t.same(modes(), ['600', '700'])
    t.equal((await cook(['plan', ...here], { environment })).code, 0)
    // As after the next start of a jail whose /tmp was cleared.
    chmodSync(at(host, paths.potEnvironment), 0o644)
    chmodSync(at(host, paths.potScript), 0o755)
    const planned = await cook(['plan', ...here], { environment })
    t.equal(planned.code, 2)
    t.same(planned.out.split('\n').slice(0, -1), [
      'mode /tmp/environment.sh has mode 0644, so other users can read its secrets',
      'mode /tmp/tinirc has mode 0755, so other users can read its secrets',
    ])
    t.equal((await cook(here, { environment })).code, 0)
    t.same(modes(), ['600', '700'])
    const again = await cook(here, { environment })
    t.match(again.out, /nothing to do/)
  },
)
