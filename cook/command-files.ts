// The bundle has all commands inside and replaces this module
// (build/commands.mjs). From source each is loaded when it is run.

import type { Exit } from '../lib/contract/failure.ts'
import type { Run } from './world.ts'

/** What each file of cook/commands/ exports. Its name is that of the command. */
export interface CommandFile {
  run: (run: Run) => Promise<Exit>
}

/** The file of a command. */
export const commandFile = (name: string): Promise<CommandFile> =>
  import(`./commands/${name}.ts`)
