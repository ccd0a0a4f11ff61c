// The world around a homeserver: a name server, a proxy, the web server of
// DOMAIN, and another homeserver. All but the first are one nginx.

import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Pair } from '../../jail/authority.ts'
import type { Setting } from '../setting.ts'

/** Where each of them is. */
export const at = {
  synapse: '10.192.0.5',
  proxy: '10.192.0.6',
  web: '10.192.0.8',
  other: '10.192.0.9',
  other6: 'fd00::9',
} as const

/** A world. Each part is that of a healthy one unless a fault changes it. */
export interface World {
  /** The records; undefined if no name server answers. */
  zone: Record<string, Record<string, string[]>> | undefined
  /** Certificates, each a whole chain with its key. */
  pairs: { proxy: Pair; web: Pair; other: Pair }
  /** The ports of the proxy. */
  ports: number[]
  /** Lines of nginx, inside `server`. */
  proxy: string
  web: string
  other: string
  /** Lines of nginx beside the servers. */
  beside: string
  /** Whether the proxy does TLS. */
  tls: boolean
}

export const proxied = (more = ''): string => `
  location / {
    proxy_pass http://${at.synapse}:8008;
    proxy_http_version 1.1;
    proxy_set_header Host $host:$server_port;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    client_max_body_size 50M;
  }
  ${more}`

export const serverFile = (server: string): string => `
  location = /.well-known/matrix/server {
    default_type application/json;
    return 200 '{"m.server": "${server}"}';
  }`

export const clientFile = (
  base = 'https://matrix.example.com',
  cors = 'add_header Access-Control-Allow-Origin *;',
): string => `
  location = /.well-known/matrix/client {
    default_type application/json;
    ${cors}
    return 200 '{"m.homeserver": {"base_url": "${base}"}}';
  }`

const otherServer = `
  location / {
    default_type application/json;
    add_header Access-Control-Allow-Origin *;
    return 200 '{"server_name": "other.example.com", "versions": ["v1.11"],
      "verify_keys": {"ed25519:a": {"key": "AAAA"}}, "flows": [{"type": "x"}],
      "server": {"name": "x"}}';
  }`

/** Everything as the guide says. */
export const healthy = (pairs: World['pairs']): World => ({
  zone: {
    'example.com': { A: [at.web] },
    'matrix.example.com': { A: [at.proxy] },
    'other.example.com': { A: [at.other] },
  },
  pairs,
  ports: [443, 8448],
  proxy: proxied(),
  web: serverFile('matrix.example.com:443') + clientFile(),
  other: otherServer,
  beside: '',
  tls: true,
})

const nginx = ({ ports, proxy, web, other, beside, tls }: World): string => {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const server = (
    name: keyof World['pairs'],
    listen: string[],
    lines: string,
    secure = true,
  ): string => `server {
    ${listen.map(each => `listen ${each}${secure ? ' ssl' : ''};`).join('\n')}
    ssl_certificate /etc/${name}.crt;
    ssl_certificate_key /etc/${name}.key;
    ${lines}
  }`
  return `user root wheel;
  pid /tmp/nginx.pid;
  error_log /tmp/nginx.error;
  events {}
  http {
    access_log off;
    ${places.map(each => `${each}_temp_path /tmp/nginx-${each};`).join('\n')}
    ${server(
      'proxy',
      ports.map(port => `${at.proxy}:${port}`),
      proxy,
      tls,
    )}
    ${server('web', [`${at.web}:443`], web)}
    ${server(
      'other',
      [443, 8448].flatMap(port => [
        `${at.other}:${port}`,
        `[${at.other6}]:${port}`,
      ]),
      other,
    )}
    ${beside}
  }`
}

const script = fileURLToPath(
  new URL('../../support/name-server.ts', import.meta.url),
)

/** Runs a task in a world, which ends with the task. */
export const inWorld = async <T>(
  { jail }: Setting,
  world: World,
  task: () => Promise<T>,
): Promise<T> => {
  for (const [name, pair] of Object.entries(world.pairs)) {
    writeFileSync(jail.path(`/etc/${name}.crt`), pair.certificate)
    writeFileSync(jail.path(`/etc/${name}.key`), pair.key)
  }
  writeFileSync(jail.path('/etc/nginx.conf'), nginx(world))
  writeFileSync(jail.path('/etc/resolv.conf'), 'nameserver 127.0.0.1\n')
  const names =
    world.zone &&
    jail.spawn([process.execPath, script, JSON.stringify(world.zone)], {
      host: true,
    })
  const ended = new Promise(resolve => names?.once('exit', resolve))
  const proxy = jail.spawn([
    'nginx',
    '-c',
    '/etc/nginx.conf',
    '-g',
    'daemon off;',
  ])
  const stopped = new Promise(resolve => proxy.once('exit', resolve))
  try {
    await new Promise(resolve =>
      names === undefined
        ? resolve(undefined)
        : names.stdout?.once('data', resolve),
    )
    const up = () => jail.fetch(`https://${at.web}/`, { insecure: true })
    for (let n = 0; !(await up().catch(() => false)); n++) {
      if (n === 600) {
        throw new Error('nginx does not start')
      }
      await sleep(50)
    }
    return await task()
  } finally {
    names?.stdin?.end()
    proxy.kill('SIGTERM')
    await Promise.all([names && ended, stopped])
  }
}
