import { errorCode, errorMessage } from '../contract/failure.ts'
import { connectTo, type Peer } from './peer.ts'
import { patience } from './probe.ts'

/** The fault of an address that this machine does not have. */
export const absent = 'is an address that this machine does not have'

const lacks = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT']

/**
 * Waits for SSH's greeting (RFC 4253, section 4.2).
 * @param signal gives it up
 * @returns what is wrong with who listens there, nothing when it is SSH
 */
export const greetingFault = async (
  peer: Peer,
  signal?: AbortSignal,
): Promise<string | undefined> => {
  const limit = AbortSignal.timeout(patience)
  const open = signal === undefined ? limit : AbortSignal.any([limit, signal])
  try {
    const socket = await connectTo(peer, open)
    let said = ''
    for await (const data of socket) {
      said += data.toString('latin1')
      if (said.length >= 4) {
        const isSsh = said.startsWith('SSH-')
        return isSsh ? undefined : 'answers, but not as SSH does'
      }
    }
    return open.aborted ? 'does not answer' : 'ends the connection'
  } catch (error) {
    return open.aborted
      ? 'does not answer'
      : lacks.includes(errorCode(error) ?? '')
        ? absent
        : errorMessage(error)
  }
}
