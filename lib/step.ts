import type { Secret } from './secret.ts'

/** Content that is made only when it is written, and why it is needed. */
export interface Fresh {
  reason: string
  make: () => Promise<string>
}

/** Names of a user and a group of the jail, and permission bits. */
export interface Access {
  owner: string
  group: string
  mode: number
}

export interface DirStep extends Access {
  kind: 'dir'
  path: string
}

export interface FileStep extends Access {
  kind: 'file'
  path: string
  /** A secret content is never shown, and never readable by others. */
  content: string | Secret | Fresh
}

/** Files that stand together in a folder, each named for what it holds. */
export interface FilesStep extends Access {
  kind: 'files'
  /** The folder, for which there is another step. */
  path: string
  files: readonly { name: string; content: string }[]
  /** What else has such a name there is not wanted any more. */
  names: RegExp
}

export interface UserStep {
  kind: 'user'
  name: string
  comment: string
  home: string
  shell: string
  groups: readonly string[]
}

/** A variable of /etc/rc.conf. */
export interface RcvarStep {
  kind: 'rcvar'
  name: string
  value: string
}

/** A place where a service must answer /health. */
export interface Probe {
  address: string
  port: number
  tls: boolean
}

export interface ServiceStep {
  kind: 'service'
  name: string
  /** The files that it reads when it starts. */
  reads: readonly string[]
  /** Those of them that somebody else may have put there, with any time. */
  supplied?: readonly string[]
  /** What its own check can judge before it is live, and what that needs. */
  proof: { config: string; needs: string }
  pidFile: string
  log: string
  probes: readonly Probe[]
  /** Seconds that it may take to become healthy. */
  timeout: number
}

/** An account of a service that is made once, when the service is healthy. */
export interface AccountStep {
  kind: 'account'
  /** Its whole id. */
  name: string
  /** Its localpart. */
  user: string
  password: Secret
  /** The file whose being there says that it was made, by whatever name. */
  remembered: string
  /** Where its password can be read, if anywhere. */
  passwordFile: string | undefined
}

/** What can be done before services are touched. */
export type FileSystemStep =
  | DirStep
  | FileStep
  | FilesStep
  | UserStep
  | RcvarStep

export type Step = FileSystemStep | ServiceStep | AccountStep

/** A step as one line of a plan names it. */
export const stepName = (step: Step): string =>
  'path' in step ? `${step.kind} ${step.path}` : `${step.kind} ${step.name}`
