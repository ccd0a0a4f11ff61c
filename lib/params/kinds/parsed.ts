/** A value, or its error: the end of a message that begins with the text. */
export type Parsed<T> = { value: T } | { fault: string }

/** How text of one kind is validated and what it becomes. */
export interface Kind<T> {
  /** What is expected, in a few words, for the tables. */
  expects: string
  parse: (text: string) => Parsed<T>
}

/** The value, or the error if there is one. */
export const either = <T>(
  value: T,
  fault: string | undefined | false,
): Parsed<T> => (typeof fault === 'string' ? { fault } : { value })
