import { errorMessage, exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import type { UserStep } from './step.ts'

// The line of passwd(5) or group(5) with a name.
const entry = (host: Host, path: string, name: string): string[] | undefined =>
  host
    .text(path)
    ?.split('\n')
    .map(line => line.split(':'))
    .find(([first]) => first === name)

// Files in a home that came with the data set belong to the uid that the user
// had in an earlier jail. root does not enter a directory of another user to
// change them: so the user gets that uid.
const idOfHome = (host: Host, step: UserStep): number | undefined => {
  const uid = host.look(step.home)?.uid ?? 0
  const isFree = host.userOf(uid) === undefined
  return uid !== 0 && isFree ? uid : undefined
}

const missingGroups = (host: Host, step: UserStep): string[] => {
  const primary = entry(host, '/etc/passwd', step.name)?.[3]
  return step.groups.filter(group => {
    const [, , gid, members] = entry(host, '/etc/group', group) ?? []
    return gid !== primary && !members?.split(',').includes(step.name)
  })
}

const homeOf = (host: Host, name: string): string | undefined =>
  entry(host, '/etc/passwd', name)?.[5]

/** What is wrong with the user, or undefined. Only root can create one. */
export const drift = (step: UserStep, host: Host): string | undefined => {
  if (!host.privileged) {
    return undefined
  }
  const uid = host.uid(step.name)
  if (uid === undefined) {
    return 'is missing'
  }
  const wanted = idOfHome(host, step)
  const home = homeOf(host, step.name)
  const [group] = missingGroups(host, step)
  return wanted !== undefined
    ? `has uid ${uid}, but its home belongs to uid ${wanted}`
    : home !== step.home
      ? `has its home at ${home}`
      : group !== undefined
        ? `is not in group ${group}`
        : undefined
}

/** Creates or changes the user with pw(8), which works below a root too. */
export const mend = async (
  step: UserStep,
  host: Host,
  stage: Stage,
): Promise<void> => {
  const where = host.live ? [] : ['-R', host.root]
  const pw = async (args: string[], undo: string[]): Promise<void> => {
    const { code, stderr } = await host
      .run('pw', [...where, ...args])
      .catch(error => ({ code: undefined, stderr: errorMessage(error) }))
    if (code !== 0) {
      const what = `pw ${args.slice(0, 2).join(' ')} failed`
      throw new Failure(exit.cantCreate, what, {
        details: stderr.trim().split('\n'),
      })
    }
    stage.undo(() => host.runNow('pw', [...where, ...undo]))
  }
  const { name, home } = step
  const uid = host.uid(name)
  const wanted = idOfHome(host, step)
  const id = (number: number | undefined): string[] =>
    number === undefined ? [] : ['-u', String(number)]
  if (uid === undefined) {
    const groups = step.groups.join(',')
    await pw(
      [
        ...['useradd', name, '-c', step.comment, '-d', home],
        ...['-s', step.shell, '-G', groups, ...id(wanted)],
      ],
      ['userdel', name],
    )
    return
  }
  const before = homeOf(host, name) ?? ''
  if (wanted !== undefined || before !== home) {
    await pw(
      ['usermod', name, '-d', home, ...id(wanted)],
      ['usermod', name, '-d', before, ...id(uid)],
    )
  }
  for (const group of missingGroups(host, step)) {
    await pw(['groupmod', group, '-m', name], ['groupmod', group, '-d', name])
  }
}
