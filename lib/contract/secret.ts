/** The text that replaces a secret. */
export const hidden = '«hidden»'

/**
 * Text that cannot be printed by accident: string conversion, JSON and
 * console.log all give «hidden». Only `reveal` gives the text itself.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  // console.log and util.inspect of Node and of Bun call this.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return hidden
  }
}

/** The text of a value, secret or not. */
export const reveal = (value: string | Secret): string =>
  typeof value === 'string' ? value : value.reveal()

/**
 * The text of a file without the spaces and line breaks around it, which an
 * editor may leave. Synapse strips such files too.
 */
export const trimmed = (secret: Secret): Secret =>
  new Secret(secret.reveal().trim())
