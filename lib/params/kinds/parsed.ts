/** A value, or what is wrong with it: the end of `"x" …`. */
export type Parsed<T> = { value: T } | { fault: string }

/** How texts of one kind are judged and what they become. */
export interface Kind<T> {
  /** What is expected, in a few words, for the tables. */
  expects: string
  parse: (text: string) => Parsed<T>
}

/** The value, or the fault if there is one. */
export const either = <T>(
  value: T,
  fault: string | undefined | false,
): Parsed<T> => (typeof fault === 'string' ? { fault } : { value })
