import { exit, Failure } from '../../contract/failure.ts'
import type { Proof } from '../../engine/steps/daemon.ts'
import type { Stage } from '../../engine/stage/stage.ts'
import { paths } from '../../contract/paths.ts'
import type { Host } from '../../host/host.ts'
import type { Temporary } from '../../host/write.ts'
import { singleQuoted } from '../../formats/sh.ts'
import type { Runner } from './user.ts'

// In seconds. A check that hangs must not hang cook.
const limit = 60

// After another user's Caddy the log is that user's; the rc script gives it to
// this one at the start.
const notYetIts = /opening log writer .* permission denied$/

const named = [paths.caddyCertificate, paths.caddyKey, paths.caddyCa]

/**
 * Caddy's own check of its configuration, as its user: it opens the logs. A
 * first configuration replaces nothing, so it is not checked: the start reports
 * its errors. The files that it names may be staged only, so Caddy reads a copy
 * that names their temporary paths.
 */
export const edgeProof = ({ user }: Runner): Proof => ({
  of: [paths.caddyConfig, ...named],
  prove: async (host: Host, stage: Stage, outcome: string) => {
    if (host.look(paths.caddyConfig) === undefined) {
      return undefined
    }
    const text = named.reduce(
      (all, path) =>
        all.replaceAll(
          JSON.stringify(path),
          JSON.stringify(stage.temporary(path) ?? path),
        ),
      stage.text(paths.caddyConfig) ?? '',
    )
    const owner = { uid: host.uid(user) ?? 0, gid: undefined }
    let copy: Temporary | undefined
    try {
      copy = host.writeTemporary(paths.caddyConfig, text, 0o400, owner)
      const words = [paths.caddy, 'validate', '--config', copy.path]
      const command = words.map(singleQuoted).join(' ')
      const { code, stdout, stderr, late } = await host.run(
        'su',
        ['-m', user, '-c', `exec ${command}`],
        limit,
      )
      const lines = `${stdout}\n${stderr}`.split('\n')
      const refusal = lines.filter(line => /^Error: /i.test(line))
      if (refusal.some(line => notYetIts.test(line))) {
        return undefined
      }
      if (code !== 0 && refusal.length === 0) {
        const why = late ? `no answer in ${limit} s` : lines.findLast(Boolean)
        return `Caddy could not check its configuration (${why})`
      }
      if (code !== 0) {
        const message = `Caddy refuses ${paths.caddyConfig}: ${outcome}`
        throw new Failure(exit.config, message, {
          details: refusal.map(line =>
            line.replaceAll(copy?.path ?? '', paths.caddyConfig),
          ),
        })
      }
      return undefined
    } finally {
      copy?.discard()
    }
  },
})
