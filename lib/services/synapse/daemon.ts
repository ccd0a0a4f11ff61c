import { diagnoseSynapse } from './diagnosis/diagnose.ts'
import { paths } from '../../contract/paths.ts'
import { forgetOneTimeKeys } from './database/one-time-keys.ts'
import { leavings } from './diagnosis/leavings.ts'
import type { Daemon, RcRule } from '../../engine/steps/daemon.ts'

const user = 'synapse'

/** A variable of the rc script with which Synapse is as cook assumes. */
const only = (name: string, value: string, otherwise: string): RcRule => ({
  name,
  fits: is => is === value,
  otherwise,
})

/** The rc script creates this directory; the configuration names others. */
const useless = (name: string, value: string, what: string): RcRule => ({
  name,
  fits: is => is === value,
  otherwise: `has no effect: cook says where ${what}`,
  harmless: true,
})

/** Synapse as the port's rc script starts it. */
export const synapseDaemon: Daemon = {
  name: 'synapse',
  pidFile: paths.pidFile,
  // A daemon forks before it writes its pid. That is quick, but not on a host
  // that starts all its jails.
  forking: 10,
  runs: {
    user,
    pattern: `synapse[.]app[.]homeserver .*${paths.homeserver}`,
  },
  rc: [
    only('synapse_conf', paths.homeserver, 'Synapse reads another file'),
    only('synapse_pidfile', paths.pidFile, 'rc looks for another pid file'),
    only('synapse_user', user, 'Synapse runs as another user'),
    only('synapse_flags', '', 'Python gets other arguments'),
    useless('synapse_dbdir', '/var/db/matrix-synapse', 'the database is'),
    useless('synapse_logdir', '/var/log/matrix-synapse', 'the log is'),
  ],
  log: paths.synapseLog,
  // At the level WARNING (synapse/config/logger.py).
  begins: /\*{5} STARTING SERVER \*{5}$/,
  explains: [
    // The line of Twisted about a port in use comes first, because Synapse's
    // own later lines say less.
    /CannotListenError: ./,
    // It names the file; what follows from it does not.
    /^PermissionError: ./,
    /^[\w.]*(Error|Exception)\b.*: ./,
    /^Unable to \w+ .*pidfile\.$/,
  ],
  diagnose: diagnoseSynapse,
  timeout: 120,
  once: {
    files: [
      paths.database,
      `${paths.database}-wal`,
      `${paths.database}-journal`,
    ],
    forget: forgetOneTimeKeys,
  },
  leavings,
}
