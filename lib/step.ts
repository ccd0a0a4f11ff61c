import type { MailSecurity } from './mail-security.ts'
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

/** A file of cook's that is not needed any more. It goes when all is done. */
export interface RemovalStep {
  kind: 'removal'
  path: string
}

/** A port where a service listens. */
export interface PortProbe {
  address: string
  port: number
  tls: boolean
}

/** A socket of the file system (unix(4)) where a service listens. */
export interface SocketProbe {
  socket: string
}

/** A place where a service must answer /health. */
export type Probe = PortProbe | SocketProbe

/** What Synapse's own check can judge, and what that needs. */
export interface SynapseProof {
  config: string
  needs: string
}

/** What sshd's own check can judge, with what that reads besides. */
export interface SshdProof {
  config: string
  includes: string
  keys: readonly string[]
}

/** A mail server that a service sends through. */
export interface MailServer {
  kind: 'mail'
  host: string
  port: number
  tls: MailSecurity
  login: { user: string; password: Secret } | undefined
}

/** An LDAP server in which a service looks for people. */
export interface LdapServer {
  kind: 'ldap'
  host: string
  port: number
  security: 'none' | 'starttls' | 'ldaps'
  /** The file with the certificates to trust, if not the system's. */
  caPath: string | undefined
  bindDn: string
  password: Secret
  /** The entry below which people are looked for. */
  base: string
}

/** A server that a service needs and that is not cook's. */
export type Outside = MailServer | LdapServer

export interface ServiceStep {
  kind: 'service'
  name: string
  /** Whether it is to be down; else it is to be up. */
  down?: true
  /** Whether everything else goes on without it when it is not healthy. */
  aside?: true
  /** The files that it reads when it starts. */
  reads: readonly string[]
  /** Those of them that somebody else may have put there, with any time. */
  supplied?: readonly string[]
  /** What its own check can judge before it is live. */
  proof?: SynapseProof | SshdProof
  pidFile: string
  /** What the command line of its process has in it (pgrep(1), -f). */
  pattern?: string
  log: string
  /** Whether a cook that stays shows its log. */
  shown?: true
  /** sshd is asked for its greeting, where it says that it listens. */
  answers?: 'ssh'
  /** Where all others must answer /health. */
  probes: readonly Probe[]
  /** What it will connect to when it is used, which a start does not tell. */
  outside?: readonly Outside[]
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
  | LineStep
  | ModeStep
  | RemovalStep

export type Step = FileSystemStep | ServiceStep | AccountStep

/** A step as one line of a plan names it. */
export const stepName = (step: Step): string =>
  'path' in step ? `${step.kind} ${step.path}` : `${step.kind} ${step.name}`
