// Where rc.conf(5) says something else than cook. cook sets variables only in
// /etc/rc.conf, and only those of its own steps; rc(8) reads other files after
// that one, and an rc script has variables of its own.

import type { Fault } from '../contract/report.ts'
import { paths } from '../contract/paths.ts'
import { show } from '../contract/report.ts'
import {
  rcDefaults,
  rcSettings,
  yesOrNo,
  type RcSetting,
} from '../formats/rc-conf.ts'
import type { Host } from '../host/host.ts'
import type { Daemon, RcRule } from './steps/daemon.ts'
import type { RcvarStep, Step } from './steps/step.ts'

const isEmpty = (value: string): boolean => value === ''

/** What every rc script does with these (rc.subr(8)). */
const commonRules = (service: string): RcRule[] => [
  {
    name: `${service}_program`,
    fits: isEmpty,
    otherwise: 'rc starts another program',
  },
  {
    name: `${service}_chroot`,
    fits: isEmpty,
    otherwise: 'rc starts it below another root',
  },
]

const rulesOf = ({ name, rc = [] }: Daemon): RcRule[] => [
  ...new Map(
    [...commonRules(name), ...rc].map(rule => [rule.name, rule]),
  ).values(),
]

const faultOf = (
  rule: Omit<RcRule, 'fits'>,
  { path, value }: RcSetting,
): Fault => ({
  severity: rule.harmless ? 'warning' : 'error',
  subject: rule.name,
  source: path,
  message:
    value === undefined
      ? `is set in a form that cook cannot read: write ${rule.name}="...", ` +
        'or remove it'
      : `with ${show(value)} ${rule.otherwise}: remove it`,
})

/** What the variables of a service's rc script contradict. */
export const rcConflicts = (daemon: Daemon, host: Host): Fault[] => {
  const rules = rulesOf(daemon)
  const names = rules.map(({ name }) => name)
  const found = rcSettings(host, daemon.name, names)
  return rules.flatMap(rule => {
    const setting = found.get(rule.name)
    const value = setting?.value
    return setting === undefined || (value !== undefined && rule.fits(value))
      ? []
      : [faultOf(rule, setting)]
  })
}

const isSame = (is: string | undefined, wanted: string): boolean =>
  is === wanted ||
  (yesOrNo(is) !== undefined && yesOrNo(is) === yesOrNo(wanted))

/** A file that is read after /etc/rc.conf and sets the variable otherwise. */
const overridden = (
  { name, value = '', script = name.replace(/_enable$/, '') }: RcvarStep,
  host: Host,
): Fault[] => {
  const setting = rcSettings(host, script, [name]).get(name)
  return setting === undefined ||
    [...rcDefaults, paths.rcConf].includes(setting.path) ||
    isSame(setting.value, value)
    ? []
    : [
        faultOf(
          {
            name,
            otherwise: `takes the place of ${value} in ${paths.rcConf}`,
          },
          setting,
        ),
      ]
}

/** Everything in which rc(8) would not do what these steps say. */
export const rcFaults = (steps: readonly Step[], host: Host): Fault[] =>
  steps.flatMap(step =>
    step.kind === 'rcvar' && step.value !== undefined
      ? overridden(step, host)
      : step.kind === 'service' && step.down === undefined
        ? rcConflicts(step, host)
        : [],
  )
