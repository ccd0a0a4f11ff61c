import t from 'tap'
import {
  newestSynapse,
  synapseKeys,
} from '../../../../lib/services/synapse/overlays/synapse-keys.ts'
import { findSynapse } from '../../../jail/synapse.ts'
import { keysInSource } from '../../../small/synapse-keys.ts'
import { whyNoYaml } from '../../../small/yaml.ts'

const skip = whyNoYaml()

t.test('every key that Synapse reads is known', { skip }, async t => {
  const { read } = keysInSource()
  const keys = new Set(
    read
      .map(each => each.split('.')[0]!)
      // The name of a program: synapse.app.pusher.
      .filter(each => each !== 'synapse'),
  )
  t.ok(keys.size > 250, `${keys.size} keys`)
  t.same(
    [...keys].filter(each => !synapseKeys.has(each)),
    [],
  )
})

t.test('every key that is known is in its source', { skip }, async t => {
  const { mentioned } = keysInSource()
  const all = new Set(mentioned.map(each => each.split('.')[0]))
  t.same(
    [...synapseKeys].filter(each => !all.has(each)),
    [],
  )
})

t.test('the keys are those of the pinned Synapse', { skip }, async t => {
  t.ok(findSynapse().version.startsWith(`${newestSynapse}.`))
})
