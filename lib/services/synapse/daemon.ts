import { paths } from '../../contract/paths.ts'
import type { Daemon } from '../../engine/steps/step.ts'

/** Synapse as the port's rc script starts it. */
export const synapseDaemon: Daemon = {
  name: 'synapse',
  pidFile: paths.pidFile,
  // A daemon forks before it writes its pid: soon, but not on a host that has
  // all its jails to start.
  forking: 10,
  runs: {
    user: 'synapse',
    pattern: `synapse[.]app[.]homeserver .*${paths.homeserver}`,
  },
  log: paths.synapseLog,
  explains: [
    // Twisted's word for a port that cannot be had comes first: what Synapse
    // makes of it later says less.
    /CannotListenError: ./,
    /^[\w.]*(Error|Exception)\b.*: ./,
    /^Unable to \w+ .*pidfile\.$/,
  ],
  timeout: 120,
}
