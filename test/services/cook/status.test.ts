// The rc scripts of cook under the rc.subr(8) of each release.

import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import { render } from '../../../lib/formats/template.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { makeJail, whyNoJail } from '../../jail/jail.ts'
import { releases } from '../../jail/state.ts'

const skip = whyNoJail()

const { cook, bootFailed: failed, cookLog: log } = paths
const scripts = {
  cook: render('cook.sh', { cook, failed, log }),
  cook_health: render('cook_health.sh', { cook, failed }),
}

/** Does what the test says, instead of cook. */
const inPlaceOfCook = '#!/bin/sh\necho "cook $*"\nexit "$(cat /code)"\n'

for (const release of releases) {
  t.test(`service cook status in release ${release}`, { skip }, async t => {
    const jail = await makeJail({ release })
    t.teardown(jail.destroy)
    const write = (path: string, text: string, mode = 0o755): void =>
      writeFileSync(jail.path(path), text, { mode })
    write(cook, inPlaceOfCook)
    for (const [name, text] of Object.entries(scripts)) {
      write(`${dirname(paths.cookScript)}/${name}`, text)
    }
    for (const [enabled, name] of [
      ['YES', 'cook'],
      ['NO', 'cook'],
      ['YES', 'cook_health'],
      ['NO', 'cook_health'],
    ]) {
      write('/etc/rc.conf', `cook_enable="${enabled}"\n`)
      for (const [code, exit] of [
        [0, 0],
        [69, 1],
      ]) {
        write('/code', `${code}`)
        for (const verb of ['status', 'onestatus', 'quietstatus']) {
          t.match(
            await jail.exec(['service', `${name}`, verb]),
            { code: exit, stdout: 'cook status\n', stderr: '' },
            `${name} ${verb}, enabled: ${enabled}, cook status: ${code}`,
          )
        }
      }
    }
    t.match(
      await jail.exec(['service', 'cook', 'start']),
      { code: 0, stdout: /^Cannot 'start' cook\. Set cook_enable to YES/ },
      'only status is for a service that is not enabled',
    )
  })
}
