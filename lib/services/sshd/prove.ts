import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import type { Temporary } from '../../host/write.ts'
import { paths } from '../../contract/paths.ts'
import type { Stage } from '../../engine/stage/stage.ts'
import type { Proof } from '../../engine/steps/daemon.ts'

// A check that hangs must not hang cook.
const limit = 30

/** The files that sshd's own check reads. */
export interface SshdFiles {
  config: string
  includes: string
  keys: readonly string[]
}

/**
 * Lets the installed sshd check its future configuration, so that cook does not
 * stop an sshd that would not start again. The configuration names files that
 * are only staged, so sshd reads a copy that names their temporary paths.
 * @param outcome what follows if sshd refuses it, for the message
 * @throws {Failure} exit 78 if sshd refuses the configuration
 */
export const proveSshd = async (
  host: Host,
  stage: Stage,
  { config, includes, keys }: SshdFiles,
  outcome: string,
): Promise<void> => {
  const copies: Temporary[] = []
  const copy = (
    path: string,
    names: readonly (readonly [string, string])[],
  ): string => {
    const text = names.reduce(
      (all, [name, instead]) => all.replaceAll(name, instead),
      stage.text(path) ?? '',
    )
    const owner = { uid: undefined, gid: undefined }
    const made = host.writeTemporary(path, text, 0o600, owner)
    copies.push(made)
    return made.path
  }
  try {
    const included = copy(
      includes,
      keys.map(key => [key, stage.temporary(key) ?? key]),
    )
    const whole = copy(config, [[includes, included]])
    const { code, stdout, stderr } = await host.run(
      paths.sshd,
      ['-t', '-f', whole],
      limit,
    )
    if (code !== 0) {
      const said = `${stdout}\n${stderr}`
        .replaceAll(whole, config)
        .replaceAll(included, includes)
      throw new Failure(exit.config, `sshd refuses ${config}: ${outcome}`, {
        details: said.split(/\r?\n/).filter(line => line.trim() !== ''),
      })
    }
  } finally {
    copies.forEach(each => each.discard())
  }
}

/** How sshd checks its configuration, before it is live and before a start. */
export const sshdProof = (files: SshdFiles): Proof => ({
  of: [files.config, files.includes, ...files.keys],
  atStart: true,
  prove: async (host, stage, outcome) => {
    await proveSshd(host, stage, files, outcome)
    return undefined
  },
})
