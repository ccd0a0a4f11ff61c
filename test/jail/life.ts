import type { Test } from 'tap'

/** What servers and folders of a test end with: the test, or who takes its
 * place. */
export type Life = Pick<Test, 'teardown'>
