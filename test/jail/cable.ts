// A cable (veth(4)) between the networks of two jails. It is removed with
// either of them and not visible outside.

import type { Jail } from './jail.ts'

const ip = async (jail: Jail, line: string): Promise<void> => {
  const argv = ['ip', ...line.split(' ')]
  const { code, stderr } = await jail.exec(argv, { host: true })
  if (code) throw new Error(`ip ${line}: ${stderr}`)
}

const v6 = (address: string) => (address.includes(':') ? '-6 ' : '')

const routes = async (jail: Jail, there: Jail, name: string) => {
  await ip(jail, `link set ${name} up`)
  for (const own of jail.addresses) {
    // A neighbour answers for an IPv6 address only where it has that address.
    if (v6(own)) await ip(jail, `-6 address add ${own}/128 dev ${name} nodad`)
    for (const other of there.addresses) {
      if (v6(own) !== v6(other)) continue
      // The first of several addresses is the source of connections.
      await ip(jail, `${v6(own)}route append ${other} dev ${name} src ${own}`)
    }
  }
}

/** Joins two jails: each reaches all addresses of the other. */
export const connect = async (one: Jail, two: Jail): Promise<void> => {
  const name = `to${two.pid}`
  const peer = `to${one.pid}`
  await ip(one, `link add ${name} type veth peer name ${peer} netns ${two.pid}`)
  await routes(one, two, name)
  await routes(two, one, peer)
}
