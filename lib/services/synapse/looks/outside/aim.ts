// Whose server is looked at: this jail's, or another by its name.

import type { Key } from './keys.ts'
import type { ServerName } from '../../../../formats/server-name.ts'

/** What only this jail's own looks know. */
export interface Here {
  /** Where clients should reach it. */
  publicUrl: URL
  /** Its signing key; undefined if the data set has none. */
  key: Key | undefined
  /** The addresses of the jail. */
  addresses: readonly string[]
  /** In bytes. */
  maxUpload: number
  /** Whether Synapse believes X-Forwarded-For. */
  noSsl: boolean
  /** Whether other servers may connect. */
  federation: boolean
}

/** A server to look at. */
export interface Aim {
  server: ServerName
  /** Certificates of authorities, in PEM; undefined if the system has none. */
  roots: readonly string[] | undefined
  /** Of this jail; undefined for a server elsewhere. */
  here?: Here
}

/** The command that sees from outside what the jail may not see. */
export const elsewhere = ({ server: { name } }: Aim): string =>
  `cook doctor --for ${name}`

/** Why a jail may see nothing of its own public side. */
export const behind =
  'this jail does not reach its own public address, as behind NAT'
