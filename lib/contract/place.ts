// What stands at the places of the contract, for the documents: each service has
// a file of them beside it. A test holds them to what a plan makes.

/** Where a place belongs, in the order of the documents. */
export const placeGroups = {
  data: 'On the data set',
  jail: 'In the jail, made by each run that needs it',
  image: 'In the jail, from the image',
  records: 'Logs and records',
  given: 'Read by cook, written by others',
} as const

export type PlaceGroup = keyof typeof placeGroups

/** One place, or several that are alike. */
export interface Place {
  group: PlaceGroup
  paths: readonly string[]
  what: string
  /** Owner, group and mode, where cook makes it: `root:wheel 0640`. */
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
