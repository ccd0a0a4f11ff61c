import type { X509Certificate } from 'node:crypto'
import type { Made } from '../../../engine/record/made.ts'
import { paths } from '../../../contract/paths.ts'
import type { Step } from '../../../engine/steps/step.ts'

/** A certificate in a file of its own: Synapse reads no other of a file. */
export interface TrustFile {
  /** By its fingerprint, so that none is there twice. */
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
 * Each certificate once: the given ones in their order, and then those of the
 * system, in an order that is always the same.
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

/** The names of all such files, and of what an interrupted run leaves. */
const names = /^\.?[0-9a-f]{64}\.pem(\.[0-9a-f]{12}\.cook)?$/

/** Where Synapse finds them. */
export const trustPaths = (files: readonly TrustFile[]): string[] =>
  files.map(({ name }) => `${paths.federationCaDir}/${name}`)

/**
 * The folder with these files and no others of their kind. They are copies:
 * Synapse does not start when one of them is missing, and a system may drop
 * one of its own at any time.
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
