import { paths } from '../../contract/paths.ts'
import { forgetOneTimeKeys } from './one-time-keys.ts'
import type { Daemon } from '../../engine/steps/step.ts'

/** Synapse as the port's rc script starts it. */
export const synapseDaemon: Daemon = {
  name: 'synapse',
  pidFile: paths.pidFile,
  // A daemon forks before it writes its pid. That is quick, but not on a host
  // that starts all its jails.
  forking: 10,
  runs: {
    user: 'synapse',
    pattern: `synapse[.]app[.]homeserver .*${paths.homeserver}`,
  },
  log: paths.synapseLog,
  explains: [
    // The line of Twisted about a port in use comes first, because Synapse's
    // own later lines say less.
    /CannotListenError: ./,
    /^[\w.]*(Error|Exception)\b.*: ./,
    /^Unable to \w+ .*pidfile\.$/,
  ],
  timeout: 120,
  once: {
    files: ['', '-wal', '-journal'].map(end => paths.database + end),
    forget: forgetOneTimeKeys,
  },
}
