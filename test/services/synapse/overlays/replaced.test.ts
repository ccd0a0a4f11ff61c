import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  replacedBy,
  settersOf,
} from '../../../../lib/services/synapse/overlays/replaced.ts'
import { rows } from '../../../../lib/params/params.ts'
import { params } from '../../../small/given.ts'

const template = readFileSync(
  new URL('../../../../templates/homeserver.yaml.ejs', import.meta.url),
  'utf8',
)

/** The parameters after the values of each top-level key of the template. */
const inTemplate = (): Map<string, Set<string>> => {
  const found = new Map<string, Set<string>>()
  let key = ''
  for (const line of template.split('\n')) {
    key = line.match(/^([a-z_0-9]+):/)?.[1] ?? key
    for (const [, name = ''] of line.matchAll(/# ([A-Z]+)(?= *$|' | sets )/g)) {
      if (!rows.some(row => row.name === name)) {
        continue
      }
      found.set(key, (found.get(key) ?? new Set()).add(name))
    }
  }
  return found
}

t.test(
  'every parameter in homeserver.yaml is known to set its key',
  async t => {
    const found = inTemplate()
    // Its key must have its value.
    t.ok(found.delete('server_name'))
    t.same(
      Object.fromEntries(
        [...found].map(([key, names]) => [key, [...names].toSorted()]),
      ),
      Object.fromEntries(
        Object.entries(settersOf)
          // The comment before that key explains it.
          .filter(([key]) => key !== 'federation_custom_ca_list')
          .map(([key, names]) => [key, names.toSorted()]),
      ),
    )
  },
)

t.test('a parameter without a value, or at its default, is none', async t => {
  t.same(replacedBy('email', params({})), [])
  t.same(replacedBy('report_stats', params({ REPORTSTATS: 'no' })), [])
  t.same(replacedBy('report_stats', params({ REPORTSTATS: 'yes' })), [
    'REPORTSTATS',
  ])
  t.same(replacedBy('listeners', params({ NOSSL: 'yes' })), ['IP', 'NOSSL'])
  t.same(replacedBy('listeners', params({ EDGE: 'yes' })), ['IP', 'EDGE'])
  t.same(replacedBy('constructor', params({})), [])
})
