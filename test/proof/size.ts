// The size of the proofs, and how they report their figures.

import type { Test } from 'tap'

const given = process.env['COOK_PROOF'] ?? '0'

/**
 * Percent of the full size: COOK_PROOF, where `all` means 100; 0 if unset, for a
 * short run.
 */
export const percent = given === 'all' ? 100 : Number(given)

if (!(percent >= 0)) {
  throw new Error(`COOK_PROOF=${given}: is neither a number nor all`)
}

/** A number of cases: a minimum, more at the full size. */
export const sized = (least: number, full: number): number =>
  Math.max(least, Math.ceil((full * percent) / 100))

/** The distance between cases: at most this, 1 at the full size. */
export const spaced = (most: number): number =>
  Math.max(1, Math.min(most, Math.floor(100 / percent)))

/** Prints a figure: test/report.mjs shows all of them last. */
export const tellFigure = (t: Test, text: string): void =>
  t.comment(`figure: ${text}`)
