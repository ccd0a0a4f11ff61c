import type { Daemon, RcRule } from '../../engine/steps/daemon.ts'
import { noticesOfAuthority } from './authority.ts'
import { diagnoseEdge } from './holders.ts'
import { paths } from '../../contract/paths.ts'
import { edgeRuns, edgeUser } from './running.ts'

const only = (name: string, values: string[], otherwise: string): RcRule => ({
  name,
  fits: is => values.includes(is),
  otherwise,
})

/** Caddy as the port's rc script starts it. */
export const edgeDaemon: Daemon = {
  name: 'caddy',
  pidFile: paths.caddyPidFile,
  // It writes the file after it has told the rc script that it serves.
  forking: 5,
  runs: edgeRuns,
  holders: [edgeUser, 'root'],
  programs: () => [paths.caddy],
  rc: [
    only('caddy_config', [paths.caddyConfig], 'Caddy reads another file'),
    only('caddy_adapter', ['json'], 'Caddy takes the file for another format'),
    only('caddy_command', ['', paths.caddy], 'rc starts another program'),
    only('caddy_extra_flags', [''], 'Caddy gets other arguments'),
    only(
      'caddy_admin',
      ['', `unix/${paths.caddySocket}`],
      'rc looks for Caddy at another address',
    ),
  ],
  log: paths.caddyLog,
  begins: /"?using provided configuration"?/,
  announces: [/^Starting caddy\.\.\. /, /^Log: /, /^Check the caddy log: /],
  explains: [
    /^Error: (loading|adapting) .*/,
    /^Error: ./,
    /\bbind: permission denied\b/,
    /\baddress already in use\b/,
  ],
  diagnose: diagnoseEdge,
  notices: noticesOfAuthority,
  timeout: 60,
}
