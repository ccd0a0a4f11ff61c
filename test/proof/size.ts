// How large the proofs are, and how they tell what they have found.

import type { Test } from 'tap'

const given = process.env['COOK_PROOF'] ?? '0'

/**
 * Percent of the full size: COOK_PROOF, where `all` means 100; 0 when unset,
 * for a size that one can wait for.
 */
export const percent = given === 'all' ? 100 : Number(given)

if (!(percent >= 0)) {
  throw new Error(`COOK_PROOF=${given}: is neither a number nor all`)
}

/** How many of something: some always, so many at the full size. */
export const sized = (least: number, full: number): number =>
  Math.max(least, Math.ceil((full * percent) / 100))

/** Of how many one is taken: of a few at the most, of one at the full size. */
export const spaced = (most: number): number =>
  Math.max(1, Math.min(most, Math.floor(100 / percent)))

/** Tells a figure: test/report.mjs shows all of them last. */
export const tellFigure = (t: Test, text: string): void =>
  t.comment(`figure: ${text}`)
