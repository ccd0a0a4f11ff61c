import t from 'tap'
import { control } from '../../lib/services/control.ts'
import { params } from '../given.ts'

t.test('the control user is made when it is asked for', async t => {
  t.same(control(params({})), [])
  t.strictSame(control(params({ CONTROLUSER: 'yes' })), [
    {
      kind: 'user',
      name: 'control',
      comment: 'control user',
      home: '/mnt/matrixdata/control',
      shell: '/bin/sh',
      groups: ['wheel'],
    },
    {
      kind: 'dir',
      path: '/mnt/matrixdata/control',
      owner: 'control',
      group: 'control',
      mode: 0o750,
    },
  ])
})
