// What a mapping copies from others with `<<`. The yaml package does it like
// PyYAML.

import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml'

/** Where merging is wrong, and how. */
export interface WrongMerge {
  at: number
  /** Not a mapping, a mapping into itself, or more than is reasonable. */
  what: 'nothing' | 'itself' | 'much'
}

/** Where a node begins and ends. */
export const rangeOf = (node: unknown): [number, number] => {
  const [from, to] = (node as Scalar).range ?? [0, 0]
  return [from, to]
}

/** The key that merges. */
export const merge = '<<'

// The yaml package represents it by a symbol.
export const isMerge = (key: unknown): boolean =>
  isScalar(key) && typeof key.value === 'symbol'

/** The merges of a text. */
export interface Merges {
  /** The first wrong one. */
  wrong: WrongMerge | undefined
  /** The number of keys, values and items that all of them copy. */
  copied: number
}

/**
 * How many keys, values and items merges may copy. Everything below a mapping
 * is copied each time: if each of thirty mappings merges the one before it
 * twice, the last is a thousand million times as large as the first.
 */
export const mostCopied = 10_000

/** The merges below a node whose anchors are set before their use. */
export const mergesIn = (root: Node | null): Merges => {
  const named = new Map<string, unknown>()
  // A mapping is only added at its end, which reveals a merge into itself.
  const weights = new Map<unknown, number>()
  let all = 0
  let wrong: WrongMerge | undefined
  const mergedBy = ({ key, value }: Pair): number => {
    let sum = 0
    for (const each of isSeq(value) ? value.items : [value]) {
      const source = isAlias(each) ? named.get(each.source) : each
      const weight = weights.get(source)
      sum += weight ?? 0
      const what = !isMap(source)
        ? 'nothing'
        : weight === undefined
          ? 'itself'
          : all + sum > mostCopied
            ? 'much'
            : undefined
      wrong ??= what && { at: rangeOf(key)[0], what }
    }
    all += sum
    return sum
  }
  const weigh = (node: unknown): number => {
    if (isPair(node)) {
      const own = weigh(node.key) + weigh(node.value)
      return isMerge(node.key) ? own + mergedBy(node) : own
    }
    if (isNode(node) && !isAlias(node) && node.anchor) {
      named.set(node.anchor, node)
    }
    const weight = isCollection(node)
      ? node.items.reduce<number>((sum, each) => sum + weigh(each), 1)
      : 1
    weights.set(node, weight)
    return weight
  }
  weigh(root)
  return { wrong, copied: all }
}
