/** One finding of cook doctor: all that is known before it is found. */
export interface FindingRow {
  /** For scripts: it never gets another meaning. */
  name: string
  /** What is wrong, and for whom that matters. */
  meaning: string
  /** What fixes it: a command or a setting. */
  remedy: string
  /** Findings from which it may follow. Their rows stand before this one. */
  after?: readonly string[]
}
