import type { X509Certificate } from 'node:crypto'
import type { Made } from '../../../engine/record/made.ts'
import { paths } from '../../../contract/paths.ts'
import type { Step } from '../../../engine/steps/step.ts'

/** A certificate in its own file: Synapse reads only one per file. */
export interface TrustFile {
  /** Its fingerprint, so that no certificate is there twice. */
  name: string
  content: string
}

const fileOf = (certificate: X509Certificate): TrustFile => {
  const { fingerprint256 } = certificate
  return {
    name: `${fingerprint256.replaceAll(':', '').toLowerCase()}.pem`,
    content: `${certificate.toString().trim()}\n`,
  }
}

/**
 * Each certificate once: the given ones in their order, then those of the
 * system, always in the same order.
 */
export const trustFiles = (
  given: readonly X509Certificate[],
  system: readonly X509Certificate[],
): TrustFile[] => {
  const all = [
    ...given.map(fileOf),
    ...system.map(fileOf).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  ]
  return [...new Map(all.map(file => [file.name, file])).values()]
}

/** The names of these files, and of their temporary files. */
const names = /^\.?[0-9a-f]{64}\.pem(\.[0-9a-f]{12}\.cook)?$/

/** The paths that Synapse reads. */
export const trustPaths = (files: readonly TrustFile[]): string[] =>
  files.map(({ name }) => `${paths.federationCaDir}/${name}`)

/**
 * The directory with exactly these files. They are copies: Synapse does not
 * start if one is missing, and the system may remove one of its own at any
 * time.
 */
export const trustSteps = (files: readonly TrustFile[] | undefined): Step[] => {
  const access = { owner: 'root', group: 'wheel' }
  const path = paths.federationCaDir
  return files === undefined
    ? []
    : [
        { kind: 'dir', path, ...access, mode: 0o755 },
        { kind: 'files', path, files, names, ...access, mode: 0o644 },
      ]
}

/** Such files as the record names them. */
export const trustMade = (): Made => ({
  kind: 'files',
  path: paths.federationCaDir,
  names: names.source,
})
