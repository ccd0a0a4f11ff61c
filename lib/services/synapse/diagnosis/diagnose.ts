import { diagnoseDatabase } from './half-made.ts'
import type { Daemon } from '../../../engine/steps/step.ts'

/** Finds out why Synapse cannot run, if its configuration is not the cause. */
export const diagnoseSynapse: NonNullable<Daemon['diagnose']> = (
  host,
  lines,
  mayRepair,
) => diagnoseDatabase(host, lines, mayRepair)
