// How a browser would read a page: by Python's parser of HTML, which is not of
// cook.

import { spawnSync } from 'node:child_process'
import { python } from './yaml.ts'

export interface Read {
  /** Each tag in order, with the names of its attributes. */
  tags: string[]
  /** The values of all attributes, in order. */
  values: string[]
  /** All text, in order; without the style. */
  text: string
}

const script = `
import json, sys
from html.parser import HTMLParser

class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.values, self.text, self.raw = [], [], '', False
    def handle_starttag(self, tag, attributes):
        self.tags.append(' '.join([tag] + [name for name, _ in attributes]))
        self.values += [value for _, value in attributes]
        self.raw = tag == 'style'
    def handle_endtag(self, tag):
        self.tags.append('/' + tag)
        self.raw = False
    def handle_comment(self, text):
        self.tags.append('comment')
    def handle_data(self, text):
        if not self.raw:
            self.text += text

def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    return {'tags': reader.tags, 'values': reader.values, 'text': reader.text}

print(json.dumps([read(page) for page in json.load(sys.stdin)]))
`

/** Reads pages. */
export const readHtml = (pages: readonly string[]): Read[] => {
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], {
    input: JSON.stringify(pages),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) {
    throw new Error(stderr)
  }
  return JSON.parse(stdout) as Read[]
}
