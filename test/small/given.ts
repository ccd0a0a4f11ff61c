// Parameters for tests, by the names of the environment.

import { check } from '../../lib/params/check.ts'
import type { Gathered, Raw } from '../../lib/params/gather.ts'
import { rows, type Params } from '../../lib/params/params.ts'
import { isSecret } from '../../lib/params/row.ts'
import { newReport, renderFault } from '../../lib/contract/report.ts'
import { Secret } from '../../lib/contract/secret.ts'

export type Given = Readonly<Record<string, string>>

export const secrets: ReadonlySet<string> = new Set(
  rows.filter(isSecret).map(row => row.name),
)

export const required: Given = {
  DOMAIN: 'example.com',
  IP: '10.192.0.5',
  ALERTEMAIL: 'admin@example.com',
}

export const gathered = (given: Given): Gathered =>
  new Map(
    Object.entries(given).map(([name, value]): [string, Raw] => [
      name,
      {
        value: secrets.has(name) ? new Secret(value) : value,
        source: 'environment',
      },
    ]),
  )

/** Validated parameters: these, and the required ones if they are missing. */
export const params = (given: Given): Params => {
  const report = newReport()
  const { params } = check(gathered({ ...required, ...given }), report)
  if (params === undefined) {
    throw new Error(report.faults.map(renderFault).join('\n'))
  }
  return params
}
