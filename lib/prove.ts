import { exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import { paths } from './paths.ts'

/** A configuration that Synapse may refuse, and where it waits. */
export interface Candidate {
  path: string
  signingKey: string
}

// Starting Python and importing Synapse takes two seconds, on slow machines
// many; a check that hangs must not hang cook.
const limit = 120

const python = (host: Host): string | undefined =>
  host
    .text(paths.synapseScript)
    ?.match(/^command=["']?(\/[\w./-]*python[\w.]*)/m)?.[1]

/**
 * What Synapse's own check printed, when that means that the configuration is
 * wrong. A ConfigError is printed without a traceback; text that is no YAML
 * and a package that is missing come with one. Any other traceback is the
 * check's own trouble.
 */
export const refusalIn = (output: string): string[] | undefined => {
  const lines = output.split('\n').filter(line => line.trim() !== '')
  const traceback = lines.some(line => line.startsWith('Traceback'))
  return !traceback
    ? lines
    : lines.some(line => /^(yaml\.|.*\b(ConfigError|DependencyException)\b)/.test(line))
      ? lines.slice(-5)
      : undefined
}

/**
 * Lets the installed Synapse read a configuration that is to replace the live
 * one, as the user synapse: as root it would make root's folders.
 * @returns a warning when the check itself could not be made
 * @throws {Failure} exit 78 when Synapse refuses the configuration
 */
export const prove = async (
  host: Host,
  { path, signingKey }: Candidate,
): Promise<string | undefined> => {
  const command = python(host)
  if (command === undefined) {
    return `${paths.synapseScript} names no Python: the configuration is not proved`
  }
  // Synapse would make a key that is missing.
  if (host.look(signingKey) === undefined) {
    return undefined
  }
  const check = `exec ${command} -m synapse.config -c ${path}`
  const { code, stdout, stderr } = await host.run(
    'su',
    ['-m', 'synapse', '-c', check],
    limit,
  )
  if (code === 0) {
    return undefined
  }
  const refusal = refusalIn(`${stdout}\n${stderr}`)
  if (refusal === undefined) {
    const last = stderr.trim().split('\n').at(-1)
    return `the configuration could not be proved before the start (${last})`
  }
  throw new Failure(
    exit.config,
    'Synapse refuses this configuration; nothing was changed',
    { details: refusal },
  )
}
