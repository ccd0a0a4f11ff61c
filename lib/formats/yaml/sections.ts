// The text of a mapping, cut at its keys: each piece is copied unchanged.

/** A key of a mapping, and its place in the text. */
export interface Part {
  key: string
  /** Where the key begins and ends, and where its value ends. */
  from: number
  to: number
  end: number
  /** In order, the anchors that it sets (`&x`) and uses (`*x`). */
  anchors: string[]
}

/** A top-level key with the text of its value, comments included. */
export type Section = Pick<Part, 'key' | 'anchors'> & { text: string }

/** The text of a block mapping with `indent` spaces removed from each line. */
const dedent = (text: string, indent: number): string =>
  text.replaceAll(new RegExp(`^ {1,${indent}}`, 'gm'), '')

export const blockSections = (
  text: string,
  parts: readonly Part[],
): Section[] => {
  // At the start of a line three dots end the document.
  const inside = text.replace(/^\.\.\.(?!\S)[^]*/m, '').replace(/\n?$/, '\n')
  const first = parts[0]?.from ?? 0
  const indent = first - (text.lastIndexOf('\n', first - 1) + 1)
  return parts.map(({ key, from, anchors }, index) => {
    const until = parts[index + 1]?.from ?? inside.length + indent
    const whole = inside.slice(from - indent, until - indent)
    const body = indent === 0 ? whole : dedent(whole, indent)
    return { key, text: body, anchors }
  })
}

/**
 * `{"a": {…}, "b": 1}` as one `key: value` a line. In a flow value the
 * indentation has no meaning, but no line may begin at the left. Between the
 * colon and the value are its tag and its anchor.
 */
export const flowSections = (text: string, parts: readonly Part[]): Section[] =>
  parts.map(({ key, from, to, end, anchors }) => {
    const value = text.slice(to, end).replace(/^[^:]*:\s*/, '')
    const body = `${text.slice(from, to)}: ${value}`.trimEnd()
    return { key, text: `${body.replaceAll('\n', '\n  ')}\n`, anchors }
  })

/** The first key that is not simply at the start of its line. */
export const oddBlockKey = (
  text: string,
  parts: readonly Part[],
): Part | undefined =>
  parts.find(({ from }) =>
    /[^ ]/.test(text.slice(text.lastIndexOf('\n', from - 1) + 1, from)),
  )

/** The first key that does not simply follow a comma or the brace. */
export const oddFlowKey = (
  text: string,
  parts: readonly Part[],
  brace: number,
): Part | undefined =>
  parts.find(({ from, to }, index) => {
    const before = text.slice(parts[index - 1]?.end ?? brace, from)
    return (
      !/^[\s:]*[{,]\s*$/.test(before.replace(/#.*/g, '')) ||
      text.slice(from, to).includes('\n')
    )
  })

/** The first alias (`*x`) whose anchor is not set before it. */
export const lostAlias = (
  sections: readonly Pick<Part, 'anchors'>[],
): string | undefined => {
  const set = new Set<string>()
  return sections
    .flatMap(({ anchors }) => anchors)
    .find(each =>
      each.startsWith('*')
        ? !set.has(each.replace('*', '&'))
        : void set.add(each),
    )
}
