import type { Time } from '../../net/connection.ts'
import type { Host } from '../../host/host.ts'
import type { PortProbe, Probe } from '../../net/probe.ts'
import type { Secret } from '../../contract/secret.ts'
import type { Stage } from '../stage/stage.ts'

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
  /** Nothing where it is not to be set. */
  value: string | undefined
}

/** A line of a file that is otherwise the administrator's. */
export interface LineStep {
  kind: 'line'
  path: string
  line: string
  /** Before every other line that says something, or nowhere. */
  place: 'first' | 'nowhere'
}

/** A file of somebody else's that only root may read, if it is there. */
export interface ModeStep {
  kind: 'mode'
  path: string
  mode: number
}

/** A file of cook's that is no longer needed. It goes when all is done. */
export interface RemovalStep {
  kind: 'removal'
  path: string
}

/** How a service is asked whether it is healthy, one kind for each way. */
export type HealthCheck =
  /** It answers a request for the path with 200. */
  | { kind: 'http'; at: Probe; path: string }
  /** It greets as SSH does (RFC 4253, section 4.2). */
  | { kind: 'ssh'; at: PortProbe }
  /** It takes a connection, and with `tls` a handshake as well. */
  | { kind: 'tcp' | 'tls'; at: Probe }
  /** A program, looked up as all others, ends with 0. */
  | { kind: 'exit'; argv: readonly [string, ...string[]] }

/** A server that a service needs and that is not cook's. */
export interface Outside {
  /** What it is, for an administrator: `mail server`. */
  what: string
  host: string
  port: number
  /**
   * Does with it what the service will do.
   * @throws {Failure} the trouble that the service will have with it
   */
  ask: (host: Host, time: Time) => Promise<void>
}

/** Lets a service's own program check a configuration. */
export interface Proof {
  /** The files that it checks: staged ones call for it. */
  of: readonly string[]
  /** Whether it is made before each start as well, since it takes no time. */
  atStart?: true
  /**
   * @param outcome what a refusal means, for its message
   * @returns a warning when the check itself could not be made
   * @throws {Failure} exit 78 when the program refuses the configuration
   */
  prove: (
    host: Host,
    stage: Stage,
    outcome: string,
  ) => Promise<string | undefined>
}

/** What is always so of a service that rc(8) starts. */
export interface Daemon {
  /** Its name for service(8), in plans, logs and status. */
  name: string
  /** Whether everything else goes on without it when it is not healthy. */
  aside?: true
  pidFile: string
  /**
   * Whether it has its ports before it writes its pid. Of others, whatever
   * answers before there is a process is something else.
   */
  pidLast?: true
  /** Seconds that it may take from the end of its start to its pid file. */
  forking: number
  /**
   * Whose process it is, and what its command line has in it (pgrep(1), -U and
   * -f): what somebody else runs is none of it.
   */
  runs?: { user: string; pattern: string }
  log: string
  /** Lines of its log that say why it failed, the most telling kind first. */
  explains: readonly RegExp[]
  /** Where it is asked, if only the running system knows that. */
  listening?: (host: Host) => Promise<HealthCheck[]>
  /** Seconds that it may take to become healthy. */
  timeout: number
}

export interface ServiceStep extends Daemon {
  kind: 'service'
  /** Whether it is to be down; else it is to be up. */
  down?: true
  /** The files that it reads when it starts. */
  reads: readonly string[]
  /** Those of them that somebody else may have put there, with any time. */
  supplied?: readonly string[]
  /** Its own check of its configuration, before that is live. */
  proof?: Proof
  /** Whether a cook that stays shows its log. */
  shown?: true
  /** All of them must be well, besides those of `listening`. */
  checks: readonly HealthCheck[]
  /** What it will connect to when it is used, which a start does not tell. */
  outside?: readonly Outside[]
}

/** An account of a service that is made once, when the service is healthy. */
export interface AccountStep {
  kind: 'account'
  /** Its whole id. */
  name: string
  /** The file whose being there says that it was made, by whatever name. */
  remembered: string
  /**
   * Makes it, and remembers that.
   * @returns what came of it, in words
   * @throws {Failure} exit 69 when the service refuses or does not answer
   */
  make: (host: Host) => Promise<{ isMade: boolean; message: string }>
}

/** What can be done before services are touched. */
export type FileSystemStep =
  | DirStep
  | FileStep
  | FilesStep
  | UserStep
  | RcvarStep
  | LineStep
  | ModeStep
  | RemovalStep

export type Step = FileSystemStep | ServiceStep | AccountStep

/** A step as one line of a plan names it. */
export const stepName = (step: Step): string =>
  'path' in step ? `${step.kind} ${step.path}` : `${step.kind} ${step.name}`
