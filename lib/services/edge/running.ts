import { paths } from '../../contract/paths.ts'

/** Who runs Caddy where that user may bind its ports. */
export const edgeUser = 'www'

/** Caddy's process: of www, or of root where only root may bind its ports. */
export const edgeRuns = {
  user: edgeUser,
  pattern: `^${paths.caddy} run .*--config ${paths.caddyConfig}`,
  orRoot: true,
} as const
