/** What stands in the place of a secret. */
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

  // What console.log and util.inspect of Node and of Bun ask for.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return hidden
  }
}

/** The text of either kind of value. */
export const reveal = (value: string | Secret): string =>
  typeof value === 'string' ? value : value.reveal()

/**
 * What the text of a file says: the spaces and line breaks around it, which an
 * editor leaves there, are no part of it. Synapse reads such files so too.
 */
export const trimmed = (secret: Secret): Secret =>
  new Secret(secret.reveal().trim())
