import { look } from '../../../engine/doctor/look.ts'
import { readLive } from '../api/live-homeserver.ts'

/** Whether everybody can create accounts, by the file that Synapse reads. */
export const registration = look(['registration-open'], async ({ host }) => {
  const { isOpen, needsToken, needsProof } = (await readLive(host)).registration
  return isOpen && !needsToken && !needsProof
    ? [
        {
          finding: 'registration-open',
          says:
            'everybody can create accounts without a token, an e-mail ' +
            'address or a captcha; spammers will',
        },
      ]
    : []
})
