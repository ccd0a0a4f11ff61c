// The top-level keys that the installed Synapse reads from its configuration.

import { execFileSync } from 'node:child_process'
import { python } from './yaml.ts'

// Synapse publishes its schema only beside its source. Its configuration is
// read by methods with an argument `config`, which they also pass to functions
// with the name of a key, such as `rc_login.address`.
const script = `
import ast, importlib.util, json, os

folder = os.path.dirname(importlib.util.find_spec('synapse').origin) + '/config'

def is_config(node):
    return isinstance(node, ast.Name) and node.id == 'config'

def texts(node):
    return [each.value for each in ast.walk(node)
            if isinstance(each, ast.Constant) and isinstance(each.value, str)]

def keys_in(function, helpers):
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and is_config(node.value):
            yield from texts(node.slice)
        elif isinstance(node, ast.Compare) and any(
                is_config(each) for each in node.comparators):
            yield from texts(node.left)
        elif isinstance(node, ast.Call):
            arguments = [*node.args, *(each.value for each in node.keywords)]
            function_of = node.func
            if (isinstance(function_of, ast.Attribute)
                    and is_config(function_of.value)):
                yield from texts(arguments[0])
            elif any(is_config(each) for each in arguments):
                for each in arguments:
                    if isinstance(each, ast.Constant):
                        yield from texts(each)
                helper = helpers.get(getattr(function_of, 'id', None))
                if helper is not None:
                    yield from keys_in(helper, {})

def takes_config(function):
    return any(each.arg == 'config' for each in function.args.args)

read, mentioned = set(), set()
for name in sorted(os.listdir(folder)):
    if not name.endswith('.py'):
        continue
    with open(os.path.join(folder, name)) as file:
        module = ast.parse(file.read())
    mentioned.update(texts(module))
    helpers = {each.name: each for each in module.body
               if isinstance(each, ast.FunctionDef) and takes_config(each)}
    for owner in ast.walk(module):
        if isinstance(owner, ast.ClassDef):
            for each in owner.body:
                if isinstance(each, ast.FunctionDef) and takes_config(each):
                    read.update(keys_in(each, helpers))
print(json.dumps({'read': sorted(read), 'mentioned': sorted(mentioned)}))
`

export interface KeysInSource {
  /** What it reads, by its source: a part after a dot is a key below. */
  read: string[]
  /** All texts in that source. */
  mentioned: string[]
}

/** Asks the Python that has Synapse. */
export const keysInSource = (): KeysInSource =>
  JSON.parse(
    execFileSync(python, ['-c', script], { encoding: 'utf8' }),
  ) as KeysInSource
