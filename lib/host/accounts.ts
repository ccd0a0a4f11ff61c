const names = (text: string | undefined): Map<string, number> =>
  new Map(
    (text ?? '').split('\n').flatMap(line => {
      const [name, , id] = line.split(':')
      return name && /^\d+$/.test(id ?? '') ? [[name, Number(id)]] : []
    }),
  )

/** The users and groups of a jail, from its own files. */
export const accountsIn = (text: (path: string) => string | undefined) => ({
  /** The uid of a user name, from etc/passwd. */
  uid: (name: string): number | undefined =>
    names(text('/etc/passwd')).get(name),
  /** The gid of a group name, from etc/group. */
  gid: (name: string): number | undefined =>
    names(text('/etc/group')).get(name),

  /** The user name of a uid. */
  userOf: (uid: number): string | undefined =>
    [...names(text('/etc/passwd'))].find(([, each]) => each === uid)?.[0],
})
