// The looks at a server as people and other servers see it. All questions are
// asked once, by observe.ts; each look only judges the answers.

import type { Aim } from './aim.ts'
import { clientFinds, judgeClient } from './judge-client.ts'
import type { FindingName } from '../../../../contract/findings/findings.ts'
import { federationFinds, judgeFederation } from './judge-federation.ts'
import { judgeClock } from './judge-clock.ts'
import {
  judgeClientFile,
  judgeServerFile,
  wellKnownFinds,
} from './judge-well-known.ts'
import { judgeForwarded } from './judge-forwarded.ts'
import { judgeNames } from './judge-names.ts'
import { judgeTls, seenOutside, tlsFinds, type Sample } from './judge-tls.ts'
import {
  look,
  type Look,
  type Seen,
  type Sight,
} from '../../../../engine/doctor/look.ts'
import { observe, type Observed } from './observe.ts'

/** What only this jail can add. */
export interface Own {
  /** The certificates on the jail's own ports. */
  samples: (sight: Sight) => Promise<readonly Sample[]>
}

/**
 * @param aimOf reads what is needed of this system, when the looks begin
 */
export const outsideLooks = (
  aimOf: (sight: Sight) => Aim,
  own?: Own,
): Look[] => {
  const asked = async (sight: Sight) => {
    const aim = aimOf(sight)
    return { aim, observed: await observe(aim, sight), now: sight.now() }
  }
  const judging = <const F extends FindingName>(
    finds: readonly F[],
    judge: (observed: Observed, aim: Aim, now: Date) => Seen<F>[],
  ): Look =>
    look(finds, async sight => {
      const { observed, aim, now } = await sight.once(asked)
      return judge(observed, aim, now)
    })
  return [
    judging(['dns-silent', 'dns-address'], judgeNames),
    judging([...wellKnownFinds, 'well-known-server'], judgeServerFile),
    judging(
      [...wellKnownFinds, 'well-known-client', 'well-known-cors'],
      judgeClientFile,
    ),
    judging(federationFinds, judgeFederation),
    judging(clientFinds, judgeClient),
    judging(['clock-wrong'], judgeClock),
    judging(['forwarded-for'], judgeForwarded),
    look(tlsFinds, async sight => {
      const [{ observed, aim, now }, samples] = await Promise.all([
        sight.once(asked),
        own?.samples(sight) ?? [],
      ])
      return judgeTls([...samples, ...seenOutside(observed)], aim, now)
    }),
  ]
}
