// The recall stage, for all services.

import { judgeRights } from './data-set/judge-rights.ts'
import { judgeFolders } from './data-set/judge-folders.ts'
import { judgeRcConf } from './judge-rc-conf.ts'
import { judgeMount } from './data-set/judge-mount.ts'
import { judgeSpace } from './data-set/judge-space.ts'
import { Secret } from '../contract/secret.ts'
import type { Gathered } from '../params/gather.ts'
import type { Given, Service } from './service.ts'

/** The users of services, who will own files. */
export const usersOf = (services: readonly Service[]): string[] =>
  services.flatMap(({ user }) => user ?? [])

/** What each service has recalled. */
export type Recollection = ReadonlyMap<Service, unknown>

/**
 * Reads what the disk holds for each service that is wanted. Errors go into the
 * report.
 * @returns undefined if that is not enough for a plan
 */
export const recallAll = async (
  services: readonly Service[],
  given: Given,
): Promise<Recollection | undefined> => {
  const { host, right, report } = given
  judgeRights(host, usersOf(services), report)
  const isOurs = judgeFolders(host, report)
  judgeMount(host, right, report)
  await judgeRcConf(host, report)
  judgeSpace(host, report)
  // Directories that other users can write to are not read.
  if (!isOurs) {
    return undefined
  }
  const found = new Map<Service, unknown>()
  for (const each of services.filter(({ wanted }) => wanted(right))) {
    found.set(each, await each.recall?.(given))
  }
  const lacks = [...found].some(([{ recall }, what]) => recall && !what)
  return lacks ? undefined : found
}

/** All secrets: those in parameters, and those that services recalled. */
export const secretsOf = (
  gathered: Gathered,
  recollection: Recollection | undefined,
): string[] => [
  ...[...gathered.values()].flatMap(({ value }) =>
    value instanceof Secret ? [value.reveal()] : [],
  ),
  ...[...(recollection ?? [])].flatMap(
    ([{ secrets }, what]) => secrets?.(what) ?? [],
  ),
]
