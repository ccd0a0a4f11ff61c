import { errorMessage, exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import type { Proof } from '../../engine/steps/step.ts'

// Starting Python and importing Synapse takes two seconds, on slow machines
// many; a check that hangs must not hang cook.
const limit = 120

const python = (host: Host): string | undefined =>
  host
    .text(paths.synapseScript)
    ?.match(/^command=["']?(\/[\w./-]*python[\w.]*)/m)?.[1]

// Words of the programs that should have run the check.
const elsewhere = /^(su|sh|\/\S*python[\d.]*): /

const wrong = /^(yaml\.|.*\b(ConfigError|DependencyException)\b)/

/**
 * What Synapse's own check printed, when that means that the configuration is
 * wrong. A ConfigError is printed last and without a traceback; text that is
 * no YAML and a package that is missing come with one. Any other traceback is
 * the check's own trouble.
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
 * Lets the installed Synapse read a configuration that is to replace the live
 * one, as the user synapse: as root it would make root's folders.
 * @param config where the configuration waits
 * @param signingKey a file that Synapse's check would make if it is missing
 * @param seconds how long the check may take
 * @returns a warning when the check itself could not be made
 * @throws {Failure} exit 78 when Synapse refuses the configuration
 */
export const prove = async (
  host: Host,
  config: string,
  signingKey: string,
  seconds = limit,
): Promise<string | undefined> => {
  const command = python(host)
  if (command === undefined) {
    return `${paths.synapseScript} names no Python: the configuration was not checked`
  }
  if (host.look(signingKey) === undefined) {
    return undefined
  }
  const check = `exec ${command} -m synapse.config -c ${config}`
  const { code, stdout, stderr, late } = await host
    .run('su', ['-m', 'synapse', '-c', check], seconds)
    .catch(error => ({
      code: undefined,
      stdout: '',
      stderr: errorMessage(error),
      late: false,
    }))
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
  throw new Failure(
    exit.config,
    'Synapse refuses this configuration; nothing was changed',
    { details: refusal },
  )
}

/**
 * Synapse's own check of its configuration. Of the first one there is nothing
 * that it could replace: the start tells.
 * @param signingKey a file that Synapse's check would make if it is missing
 */
export const synapseProof = (config: string, signingKey: string): Proof => ({
  of: [config],
  prove: async (host, stage) => {
    const staged = stage.temporary(config)
    const live = host.text(config)
    const next = stage.text(config)
    return staged === undefined || live === undefined || live === next
      ? undefined
      : prove(host, staged, signingKey)
  },
})
