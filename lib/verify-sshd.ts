import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode } from './failure.ts'
import type { Host } from './host.ts'
import { hostPort } from './ip.ts'
import { paths } from './paths.ts'
import { reachable, takenOf } from './probe.ts'
import { rcValue } from './rc-conf.ts'
import type { PortProbe, ServiceStep } from './step.ts'
import { pidOf, unhealthy, type Health, type Start } from './verify.ts'

// Milliseconds: how long it may take to greet, how often it is asked, and how
// long it may take from its start to its pid file.
const patience = 2000
const interval = 25
const forking = 2000

const nameOf = ({ address, port }: PortProbe): string => hostPort(address, port)

// The administrator's configuration and flags say where, and so sshd's
// extended test mode does.
const listening = async (host: Host): Promise<PortProbe[]> => {
  const flags = rcValue(host, 'sshd', 'sshd_flags') ?? ''
  const { stdout } = await host.run(paths.sshd, [
    ...flags.split(/\s+/).filter(flag => flag !== ''),
    '-T',
  ])
  return [...stdout.matchAll(/^listenaddress \[?(.*?)\]?:(\d+)\b/gm)].map(
    ([, address = '', port]) => ({ address, port: Number(port), tls: false }),
  )
}

// What a connection to an address says that this machine cannot have.
const absent = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT']

/**
 * Waits for SSH's greeting.
 * @returns what is wrong with who listens there, nothing when it is SSH;
 *   `absent` when there is no such address
 */
export const greetingFault = (
  probe: PortProbe,
): Promise<string | 'absent' | undefined> =>
  new Promise(resolve => {
    const socket = connect({
      host: reachable(probe.address),
      port: probe.port,
      timeout: patience,
    })
    const end = (fault: string | undefined): void => {
      socket.destroy()
      resolve(fault)
    }
    let said = ''
    socket.on('data', data => {
      said += data.toString('latin1')
      // RFC 4253, section 4.2.
      if (said.length >= 4) {
        const isSsh = said.startsWith('SSH-')
        end(isSsh ? undefined : 'answers, but not as sshd does')
      }
    })
    socket.on('end', () => end('ends the connection'))
    socket.on('timeout', () => end('does not answer'))
    socket.on('error', error =>
      end(absent.includes(errorCode(error) ?? '') ? 'absent' : error.message),
    )
  })

/**
 * Waits until sshd greets wherever it listens, its process has died, or its
 * time is over. By default it listens for IPv4 and IPv6, of which a jail may
 * have only one. It writes its pid when it has got its ports: who greets
 * before that is something else.
 * @param start what is known of a start just made
 * @param ending gives up waiting
 */
export const verifySshd = async (
  host: Host,
  step: ServiceStep,
  start: Start | undefined,
  ending?: AbortSignal,
): Promise<Health> => {
  const begun = performance.now()
  const places = await listening(host)
  for (;;) {
    const written = host.look(step.pidFile)?.mtimeMs ?? 0
    const pid = written >= (start?.at ?? 0) ? pidOf(host, step) : undefined
    const isUp = pid !== undefined && host.alive(pid)
    const faults = isUp ? await Promise.all(places.map(greetingFault)) : []
    const wrong = faults.findIndex(
      fault => fault !== undefined && fault !== 'absent',
    )
    if (wrong < 0 && faults.includes(undefined)) {
      return { healthy: true }
    }
    const passed = performance.now() - begun
    if (!isUp && (start?.failed || pid !== undefined || passed > forking)) {
      const taken = (await takenOf(places)).map(nameOf)
      const why = taken.length > 0 ? ` (${taken.join(', ')} is taken)` : ''
      return unhealthy(host, step, start, `${step.name} has died${why}`)
    }
    if (passed > step.timeout * 1000 || ending?.aborted) {
      const where = places[wrong]
      const why = where ? ` (${nameOf(where)} ${faults[wrong]})` : ''
      const what = `${step.name} is not healthy after ${step.timeout} s${why}`
      return unhealthy(host, step, start, what)
    }
    await sleep(interval)
  }
}
