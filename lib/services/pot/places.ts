import { paths } from '../../contract/paths.ts'
import { place, type Place } from '../../contract/place.ts'

/** The paths of pot, for the documents. */
export const places: readonly Place[] = [
  place(
    'given',
    paths.potEnvironment,
    undefined,
    'the parameters of pot set-env; cook sets mode 0600',
  ),
  place(
    'given',
    paths.potScript,
    undefined,
    'the same in a jail under Nomad; cook sets mode 0700',
  ),
]
