import { connect } from 'node:net'
import { errorCode } from '../contract/failure.ts'
import { reachable, type PortProbe } from './probe.ts'

// In milliseconds.
const patience = 2000

/** The fault of an address that this machine does not have. */
export const absent = 'is an address that this machine does not have'

const lacks = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT']

/**
 * Waits for SSH's greeting (RFC 4253, section 4.2).
 * @param signal gives it up
 * @returns what is wrong with who listens there, nothing when it is SSH
 */
export const greetingFault = (
  probe: PortProbe,
  signal?: AbortSignal,
): Promise<string | undefined> =>
  new Promise(resolve => {
    const socket = connect({
      host: reachable(probe.address),
      port: probe.port,
      timeout: patience,
    })
    const end = (fault: string | undefined): void => {
      signal?.removeEventListener('abort', giveUp)
      socket.destroy()
      resolve(fault)
    }
    const giveUp = (): void => end('was not waited for')
    signal?.addEventListener('abort', giveUp)
    let said = ''
    socket.on('data', data => {
      said += data.toString('latin1')
      if (said.length >= 4) {
        const isSsh = said.startsWith('SSH-')
        end(isSsh ? undefined : 'answers, but not as SSH does')
      }
    })
    socket.on('end', () => end('ends the connection'))
    socket.on('timeout', () => end('does not answer'))
    socket.on('error', error =>
      end(lacks.includes(errorCode(error) ?? '') ? absent : error.message),
    )
  })
