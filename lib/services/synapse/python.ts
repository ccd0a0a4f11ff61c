import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'

/** The Python that the package's rc script names, if it names one. */
export const python = (host: Host): string | undefined =>
  host
    .text(paths.synapseScript)
    ?.match(/^command=["']?(\/[\w./-]*python[\w.]*)/m)?.[1]
