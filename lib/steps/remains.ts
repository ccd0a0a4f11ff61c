import type { Host } from '../host.ts'

/** What an interrupted run left beside a file, or nothing. */
export const remainsDrift = (host: Host, path: string): string | undefined =>
  host.leftovers(path).length > 0
    ? 'has remains of an interrupted run beside it'
    : undefined
