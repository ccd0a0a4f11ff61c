import { diagnoseDatabase } from './half-made.ts'
import { diagnoseLock } from './locked.ts'
import { diagnoseOwners } from './unwritable.ts'
import { diagnosePackages } from './packages.ts'
import type { Daemon } from '../../../engine/steps/daemon.ts'

/** Finds out why Synapse cannot run, if its configuration is not the cause. */
export const diagnoseSynapse: NonNullable<Daemon['diagnose']> = async (
  host,
  lines,
  mayRepair,
) =>
  diagnosePackages(host, lines) ??
  (await diagnoseLock(host, lines)) ??
  diagnoseOwners(host, lines) ??
  diagnoseDatabase(host, lines, mayRepair)
