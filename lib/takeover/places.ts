import { paths } from '../contract/paths.ts'
import { place, type Place } from '../contract/place.ts'

/** The paths of potluck's jails, for the documents. */
export const places: readonly Place[] = [
  place(
    'given',
    [paths.oldTlsDir, paths.crontab, paths.nginxConfig],
    undefined,
    'read when a potluck jail is taken over; not changed',
  ),
]
