// Reads GitHub workflows as GitHub does, and prints what is wrong with each:
// `bun read-workflow.ts FILE...`. GitHub's parser imports JSON in a way that
// Node.js refuses.

import { readFileSync } from 'node:fs'
import {
  convertWorkflowTemplate,
  NoOperationTraceWriter,
  parseWorkflow,
} from '@actions/workflow-parser'

const read = async (name: string): Promise<readonly string[]> => {
  const content = readFileSync(name, 'utf8')
  const trace = new NoOperationTraceWriter()
  const { context, value } = parseWorkflow({ name, content }, trace)
  if (value !== undefined) {
    await convertWorkflowTemplate(context, value)
  }
  return context.errors.getErrors().map(String)
}

const [, , ...files] = process.argv
const told = await Promise.all(files.map(read))
process.stdout.write(JSON.stringify(told))
