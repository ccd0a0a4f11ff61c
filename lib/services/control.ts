import type { Params } from '../params.ts'
import { paths } from '../paths.ts'
import type { Step } from '../step.ts'

const name = 'control'

/** The control user: an administrator's account, its home on the data set. */
export const control = (params: Params): Step[] =>
  params.controlUser
    ? [
        {
          kind: 'user',
          name,
          comment: 'control user',
          home: paths.controlHome,
          shell: '/bin/sh',
          groups: ['wheel'],
        },
        {
          kind: 'dir',
          path: paths.controlHome,
          owner: name,
          group: name,
          mode: 0o750,
        },
      ]
    : []
