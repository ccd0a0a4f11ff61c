import { paths } from '../../../contract/paths.ts'
import type { Access, Step } from '../../../engine/steps/step.ts'
import type { Params } from '../../../params/params.ts'
import { renderPage } from './page.ts'
import { webClientConfig } from './web-client.ts'

/**
 * The files that Caddy serves. It reads them anew for each request, so that it
 * need not learn of a change.
 * @param access who may read files that only root changes
 */
export const webSteps = (params: Params, access: Access): Step[] => [
  { kind: 'dir', path: paths.caddyWebDir, ...access, mode: 0o750 },
  {
    kind: 'file',
    path: paths.caddyPage,
    content: renderPage(params),
    ...access,
  },
  ...(params.webClientHost === undefined
    ? []
    : ([
        {
          kind: 'file',
          path: paths.webClientConfig,
          content: webClientConfig(params),
          ...access,
        },
      ] as const)),
]
