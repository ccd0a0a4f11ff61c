// What is at each path of the contract, for the documents: each service has a
// file of its own with them. A test compares them with what a plan creates.

/** The sections of the document, in order. */
export const placeGroups = {
  data: 'On the data set',
  jail: 'In the jail, created by each run that needs it',
  image: 'In the jail, from the image',
  records: 'Logs and records',
  given: 'Read by cook, written by others',
} as const

export type PlaceGroup = keyof typeof placeGroups

/** One path, or several that are alike. */
export interface Place {
  group: PlaceGroup
  paths: readonly string[]
  what: string
  /** Owner, group and mode, if cook creates it: `root:wheel 0640`. */
  access?: string
}

export const place = (
  group: PlaceGroup,
  path: string | readonly string[],
  access: string | undefined,
  what: string,
): Place => ({
  group,
  paths: typeof path === 'string' ? [path] : path,
  what,
  ...(access === undefined ? {} : { access }),
})
