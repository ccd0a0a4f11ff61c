// The commands as one module, for the bundle: loading each when it is needed
// would cost every run the time that it saves.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './project.mjs'

const folder = join(root, 'cook/commands')

const commandsModule = () => {
  const names = readdirSync(folder).map(file => file.slice(0, -'.ts'.length))
  const imports = names.map(
    name => `import * as ${name} from './commands/${name}.ts'\n`,
  )
  return `${imports.join('')}
const commands = { ${names.join(', ')} }
export const commandFile = async name => commands[name]
`
}

/** Puts them in their place, for esbuild. */
export const commands = {
  name: 'commands',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/cook\/command-files\.ts$/ }, () => ({
      contents: commandsModule(),
      loader: 'js',
    })),
}
