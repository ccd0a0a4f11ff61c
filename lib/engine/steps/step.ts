import type { Host } from '../../host/host.ts'
import type { Secret } from '../../contract/secret.ts'
import type { Daemon, HealthCheck, Outside, Proof, Reload } from './daemon.ts'

/** Content that is generated when it is written, and why it is needed. */
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
  /** Secret content is never shown, and never readable by others. */
  content: string | Secret | Fresh
}

/** Files of one directory, each with a name that depends on its content. */
export interface FilesStep extends Access {
  kind: 'files'
  /** The directory; another step creates it. */
  path: string
  files: readonly { name: string; content: string }[]
  /** A file there with such a name that is not in `files` is removed. */
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
  /** undefined if the variable should not be set. */
  value: string | undefined
  /**
   * The rc script that reads it, and so a file in rc.conf.d too; if there is
   * none, its name without `_enable`.
   */
  script?: string
}

/** A line in a file that otherwise belongs to the administrator. */
export interface LineStep {
  kind: 'line'
  path: string
  line: string
  /** Before every other line that is not a comment, or nowhere. */
  place: 'first' | 'nowhere'
}

/** A variable of sysctl(8), for as long as the jail runs. */
export interface SysctlStep {
  kind: 'sysctl'
  name: string
  value: string
  /** Its value before this run. */
  now: string
}

/** A file that others write and only root may read, if it exists. */
export interface ModeStep {
  kind: 'mode'
  path: string
  mode: number
}

/**
 * A file or directory of cook's that is no longer needed. It is removed at the
 * end.
 */
export interface RemovalStep {
  kind: 'removal'
  path: string
  /**
   * It is a directory, and is removed when it is empty. What has such a name
   * goes when the service does not use it any more; with anything else in it
   * the directory stays.
   */
  passing?: RegExp
}

export interface ServiceStep extends Daemon {
  kind: 'service'
  /** Whether it should be down; otherwise it should run. */
  down?: true
  /** The files that it reads when it starts. */
  reads: readonly string[]
  /** How it reads some of them again while it runs. */
  reload?: Reload
  /** How it checks its configuration before that is live. */
  proof?: Proof
  /** Whether a cook that stays in the foreground shows its log. */
  shown?: true
  /** All must succeed, and those of `listening` too. */
  checks: readonly HealthCheck[]
  /** Servers that it connects to only when it is used, not at its start. */
  outside?: readonly Outside[]
}

/** An account of a service, created once, when the service is healthy. */
export interface AccountStep {
  kind: 'account'
  /** Its whole user id. */
  name: string
  /** The file that exists if the account was created, under any name. */
  remembered: string
  /**
   * Creates it, and writes that file.
   * @returns the result in words
   * @throws {Failure} exit 69 if the service refuses or does not answer
   */
  make: (host: Host) => Promise<{ isMade: boolean; message: string }>
}

/** What is done before services are touched. */
export type FileSystemStep =
  | DirStep
  | FileStep
  | FilesStep
  | UserStep
  | RcvarStep
  | LineStep
  | SysctlStep
  | ModeStep
  | RemovalStep

export type Step = FileSystemStep | ServiceStep | AccountStep

/** The name of a step in a plan. */
export const stepName = (step: Step): string =>
  'path' in step ? `${step.kind} ${step.path}` : `${step.kind} ${step.name}`
