import { packageFault } from './diagnosis/packages.ts'
import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { proveTls, type TlsFiles } from './tls/prove-tls.ts'
import type { Proof } from '../../engine/steps/daemon.ts'
import { pythonOf, runPython } from './python.ts'

// Starting Python and importing Synapse takes two seconds, and much longer on a
// slow host; a check that hangs must not hang cook.
const limit = 120

// What the programs print that should have run the check.
const elsewhere = /^(su|sh|\/\S*python[\d.]*): /

const wrong = /^(yaml\.|.*\b(ConfigError|DependencyException)\b)/

/**
 * What Synapse's own check printed, if it refuses the configuration. A
 * ConfigError is printed last and without a traceback; text that is not YAML
 * and a missing package come with one. Any other traceback means that the check
 * itself failed.
 */
export const refusalIn = (output: string): string[] | undefined => {
  const lines = output.split('\n').filter(line => line.trim() !== '')
  const last = lines.at(-1)
  return last === undefined || elsewhere.test(last)
    ? undefined
    : !lines.some(line => line.startsWith('Traceback'))
      ? lines
      : lines.some(line => wrong.test(line))
        ? lines.slice(-5)
        : undefined
}

/**
 * Lets the installed Synapse check a configuration that will replace the live
 * one, as the user synapse: as root it would create directories of root.
 * @param config the path of the staged configuration
 * @param signingKey a file that Synapse's check would create if it is missing
 * @param seconds how long the check may take
 * @returns a warning if the check could not run
 * @throws {Failure} exit 78 if Synapse refuses the configuration, 69 if it says
 *   that it lacks a package
 */
export const prove = async (
  host: Host,
  config: string,
  signingKey: string,
  seconds = limit,
): Promise<string | undefined> => {
  const python = pythonOf(host)
  if (python === undefined) {
    return `${paths.synapseScript} does not name a Python: the configuration was not checked`
  }
  if (host.look(signingKey) === undefined) {
    return undefined
  }
  const check = ['-m', 'synapse.config', '-c', config]
  const ran = await runPython(host, python, check, seconds)
  const { code, stdout, stderr, late } = ran
  if (code === 0) {
    return undefined
  }
  const refusal = code === 1 ? refusalIn(`${stdout}\n${stderr}`) : undefined
  if (refusal === undefined) {
    const last = stderr.trim().split('\n').at(-1)
    const why = late
      ? `no answer in ${seconds} s`
      : last || `exit ${code ?? 'by a signal'}`
    return `the configuration could not be checked before the start (${why})`
  }
  const lack = refusal.map(line => packageFault(host, line)).find(each => each)
  if (lack !== undefined) {
    throw new Failure(exit.unavailable, `${lack}; nothing was changed`)
  }
  throw new Failure(
    exit.config,
    'Synapse refuses this configuration; nothing was changed',
    { details: refusal },
  )
}

/**
 * Synapse's own check of its configuration. A first configuration replaces
 * nothing, so it is not checked: the start reports its errors.
 * @param signingKey a file that Synapse's check would create if it is missing
 * @param supplied a certificate that cook has not made: it is loaded before
 *   each start, so that none stops a Synapse that works
 */
export const synapseProof = (
  config: string,
  signingKey: string,
  supplied?: TlsFiles,
): Proof => ({
  of: [config],
  ...(supplied === undefined ? {} : { atStart: true }),
  prove: async (host, stage, outcome) => {
    const staged = stage.temporary(config)
    const live = host.text(config)
    const next = stage.text(config)
    if (staged === undefined) {
      const command = pythonOf(host)
      if (supplied !== undefined && command !== undefined) {
        await proveTls(host, command, supplied, outcome)
      }
      return undefined
    }
    return live === undefined || live === next
      ? undefined
      : prove(host, staged, signingKey)
  },
})
