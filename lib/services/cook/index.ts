import { paths } from '../../contract/paths.ts'
import { service } from '../../engine/service.ts'
import type { FileStep, FileSystemStep } from '../../engine/steps/step.ts'
import { render } from '../../formats/template.ts'
import { synapseDir } from '../synapse/index.ts'

const access = { owner: 'root', group: 'wheel' }

const script = (path: string, content: string): FileStep => ({
  kind: 'file',
  path,
  content,
  ...access,
  mode: 0o555,
})

const file = (path: string, content: string): FileStep => ({
  ...script(path, content),
  mode: 0o644,
})

const scripts = (): FileStep[] => {
  const { cook, bootFailed: failed, cookLog: log } = paths
  return [
    script(paths.cookScript, render('cook.sh', { cook, failed, log })),
    script(paths.healthScript, render('cook_health.sh', { cook, failed })),
  ]
}

// With rc(8) come cron(8) and newsyslog(8).
const underRc = (): FileSystemStep[] => {
  const { cook, cookLog: log, recordedParams: parameters, record } = paths
  return [
    file(paths.cookRotation, render('cook.newsyslog', { log })),
    file(
      paths.cookCrontab,
      render('cook.crontab', { cook, parameters, record }),
    ),
    { kind: 'rcvar', name: 'cook_enable', value: 'YES' },
    // pot writes the parameters there before rc runs.
    {
      kind: 'rcvar',
      name: 'clear_tmp_enable',
      value: 'NO',
      script: 'cleartmp',
    },
  ]
}

// Under Nomad cook is the first process, and rc runs nothing.
const image = (nomad: boolean): FileSystemStep[] => [
  synapseDir,
  { kind: 'dir', path: paths.stateDir, ...access, mode: 0o750 },
  ...scripts(),
  ...(nomad
    ? [{ kind: 'rcvar', name: 'cook_enable', value: 'NO' } as const]
    : underRc()),
]

/** cook itself, as a service of rc(8). */
export const cook = service({
  name: 'cook',
  wanted: () => false,
  steps: () => [],
  image,
})
