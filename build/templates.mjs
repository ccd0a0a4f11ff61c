// The templates as functions: in the bundle they replace lib/formats/
// templates.ts. Compiling them in a run would take as long as everything that
// the run reads, and root must not make code from text.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ejs from 'ejs'
import ts from 'typescript'
import { root } from './project.mjs'

// Templates that only the build renders.
const outside = ['cook.8.ejs']

// Names that a template may use besides its values.
const given = ['__append', '__output', 'escapeFn', 'undefined']

/** The names that a piece of JavaScript uses but does not define. */
const freeNames = code => {
  const used = new Set()
  const declared = new Set(given)
  const visit = node => {
    if (ts.isIdentifier(node)) {
      const { parent } = node
      const isName = parent.name === node
      const isProperty = isName && ts.isPropertyAccessExpression(parent)
      if (!isProperty) (isName ? declared : used).add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  const target = ts.ScriptTarget.Latest
  visit(ts.createSourceFile('template.js', code, target, true))
  return [...used].filter(name => !declared.has(name)).sort()
}

const sourceOf = text => {
  const template = new ejs.Template(text, { strict: true, compileDebug: false })
  template.compile()
  return template.source
}

/** The names of the values that a template uses. */
export const valuesOf = text => freeNames(sourceOf(text))

// A template as the source text of a function.
const compiled = text => {
  const source = sourceOf(text)
  const names = freeNames(source)
  return `(values, escapeFn) => {
  const { ${names.join(', ')} } = allOf(${JSON.stringify(names)}, values)
${source}}`
}

const allOf = (names, values) => {
  const missing = names.find(name => !Object.hasOwn(values, name))
  if (missing !== undefined)
    throw new ReferenceError(`${missing} is not defined`)
  return values
}

/** The text of the module with all of them. */
export const templatesModule = () => {
  const folder = join(root, 'templates')
  const entries = readdirSync(folder)
    .filter(file => file.endsWith('.ejs') && !outside.includes(file))
    .sort()
    .map(file => {
      const text = readFileSync(join(folder, file), 'utf8')
      return `['${file.slice(0, -'.ejs'.length)}', ${compiled(text)}],\n`
    })
  return `const allOf = ${allOf}
const templates = new Map([\n${entries.join('')}])
export const templateNamed = name => templates.get(name)
`
}

/** The esbuild plugin that puts them in place. */
export const templates = {
  name: 'templates',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/lib\/formats\/templates\.ts$/ }, () => ({
      contents: templatesModule(),
      loader: 'js',
    })),
}
