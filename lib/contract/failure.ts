/**
 * Exit codes, as sysexits(3) names them; `findings` and `changes` are cook's
 * own.
 */
export const exit = {
  ok: 0,
  findings: 1,
  changes: 2,
  usage: 64,
  unavailable: 69,
  software: 70,
  cantCreate: 73,
  tempFail: 75,
  noPermission: 77,
  config: 78,
} as const

export type Exit = (typeof exit)[keyof typeof exit]

/** An expected error, with a message for the administrator. */
export class Failure extends Error {
  readonly exit: Exit
  /** Lines shown below the message, such as the end of a log. */
  readonly details: readonly string[]
  /** Whether Synapse is not affected by it. */
  readonly aside: boolean

  constructor(
    exit: Exit,
    message: string,
    more: {
      cause?: unknown
      details?: readonly string[]
      aside?: boolean
    } = {},
  ) {
    super(message, { cause: more.cause })
    this.exit = exit
    this.details = more.details ?? []
    this.aside = more.aside ?? false
  }
}

/** The errno name of a caught error (`ENOENT`), if it has one. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined

/** The message of whatever was thrown. */
export const errorMessage = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/**
 * Waits until all have settled.
 * @throws the first error
 */
export const allDone = async (
  works: readonly Promise<unknown>[],
): Promise<void> => {
  const ends = await Promise.allSettled(works)
  const failed = ends.find(each => each.status === 'rejected')
  if (failed !== undefined) {
    throw failed.reason
  }
}
