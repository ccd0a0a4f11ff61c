// What browsers get from the edge: the page of the homeserver, and Element Web.

import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import type { Test } from 'tap'
import { bundlePath, elementAt } from '../../browser/element.ts'
import { ask, served } from './asking.ts'
import {
  address,
  differences,
  domain,
  jailPicture,
  settle,
  type Kind,
} from '../setting.ts'

const server = 'example.com'
const chat = 'chat.example.com'
const folder = '/usr/local/www/element'

const parameters = {
  ...{ EDGE: 'yes', DOMAIN: server, PUBLICHOST: domain, SERVEDOMAIN: 'yes' },
  ...{ WEBCLIENTHOST: chat, SUPPORTCONTACT: '@<i>&amp;"\':example.com' },
}

export const web = async (t: Test, kind: Kind): Promise<void> => {
  const { jail, cook } = await settle(t, kind)
  const cooked = (more: Record<string, string> = {}) =>
    cook([], { ...parameters, ...more })
  const get = (path: string, more: string[] = []) =>
    ask(jail, path, { host: chat, more })

  await t.test('without its package the web client is a warning', async t => {
    const { code, stderr } = await cooked()
    t.equal(code, 0, stderr)
    t.match(
      stderr,
      `warning: WEBCLIENTHOST: Element Web is not installed, so https://${chat}/`,
    )
    t.match(stderr, 'install its package (element-web)')
    t.equal((await get('/')).status, 404)
    t.equal((await ask(jail, '/_matrix/client/versions')).status, 200)
  })

  await t.test('the package is served as soon as it is there', async t => {
    await elementAt(jail.path(folder))
    const { status, text } = await get('/')
    t.equal(status, 200)
    t.equal(text, readFileSync(jail.path(`${folder}/index.html`), 'utf8'))
    t.equal((await cooked()).stderr, '')
  })

  await t.test('its configuration names this homeserver alone', async t => {
    for (const path of [
      '/config.json',
      `/config.${chat}.json`,
      '//config.json',
    ]) {
      const { status, text, headers } = await get(path)
      t.equal(status, 200, path)
      t.match(headers['content-type'], /^application\/json/, path)
      t.equal(headers['cache-control'], 'no-cache', path)
      const config = JSON.parse(text)
      t.same(config.default_server_config, {
        'm.homeserver': { base_url: `https://${domain}`, server_name: server },
      })
      t.equal(config.disable_guests, true)
      t.equal(config.disable_custom_urls, true)
      t.equal(config.integrations_ui_url, '')
      t.equal(config.integrations_rest_url, '')
      t.same(config.room_directory.servers, [server])
    }
  })

  await t.test('a browser keeps only what never changes', async t => {
    for (const path of [
      ...['/', '/index.html', '/version', '/sw.js', '/config.json'],
      ...['/i18n/languages.json', '/config.sample.json'],
    ]) {
      const { status, headers } = await get(path)
      t.equal(status, 200, path)
      t.equal(headers['cache-control'], 'no-cache', path)
    }
    const { status, headers } = await get(bundlePath)
    t.equal(status, 200)
    t.equal(headers['cache-control'], 'max-age=31536000, immutable')
    const missing = await get('/bundles/fedcba9876543210/bundle.js')
    t.equal(missing.status, 404)
    t.equal(missing.headers['cache-control'], undefined)
    const { headers: first } = await get('/')
    const again = await get('/', ['-H', `If-None-Match: ${first['etag']}`])
    t.equal(again.status, 304)
    t.equal(again.headers['cache-control'], 'no-cache')
  })

  await t.test('it has the headers that its makers ask for', async t => {
    for (const path of ['/', '/config.json', bundlePath]) {
      const { headers } = await get(path)
      t.match(
        headers,
        {
          'x-frame-options': 'SAMEORIGIN',
          'x-content-type-options': 'nosniff',
          'x-xss-protection': '1; mode=block',
          'content-security-policy': "frame-ancestors 'self'",
          'strict-transport-security': 'max-age=31536000',
        },
        path,
      )
    }
    const { headers } = await get(bundlePath, ['-H', 'Accept-Encoding: gzip'])
    t.equal(headers['content-encoding'], 'gzip')
  })

  await t.test('an upgrade of the package takes nothing with it', async t => {
    const config = (await get('/config.json')).text
    renameSync(jail.path(folder), jail.path(`${folder}.old`))
    await elementAt(jail.path(folder))
    rmSync(jail.path(`${folder}/config.json`))
    t.equal((await get('/config.json')).text, config)
    t.equal((await get('/')).status, 200)
    rmSync(jail.path(`${folder}.old`), { recursive: true })
  })

  await t.test('its host has no other path of the homeserver', async t => {
    for (const path of [
      '/_matrix/client/versions',
      '/.well-known/matrix/client',
      '/_synapse/client/x',
      '/..%2f..%2f..%2fetc%2fpasswd',
      '/../../../../etc/rc.conf',
    ]) {
      t.equal((await get(path)).status, 404, path)
    }
    t.match((await served(jail, chat)).subjectAltName, `DNS:${chat}`)
    const argv = ['curl', '-si', '-H', `Host: ${chat}`, `http://${address}/a?b`]
    const { stdout } = await jail.exec(argv)
    t.match(stdout, `Location: https://${chat}/a?b\r\n`)
  })

  await t.test('the homeserver has a page at exactly /', async t => {
    for (const path of ['/', '/?a=b', '/index.html']) {
      const { status, headers, text } = await ask(jail, path)
      t.equal(status, 200, path)
      t.equal(headers['content-type'], 'text/html; charset=utf-8')
      t.match(
        headers['content-security-policy'],
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; /,
      )
      t.equal(headers['x-content-type-options'], 'nosniff')
      const plain = text.replaceAll('<wbr>', '')
      t.match(plain, `<code>https://${domain}</code>`)
      t.match(plain, `<h1>${server}</h1>`)
      t.match(text, `href="https://${chat}/"`)
      t.match(text, '@&lt;i&gt;&amp;amp;&quot;&#39;:example.com')
    }
    for (const path of [
      ...['//', '/./', '/a/..', '/%2f', '/index.htm', '/INDEX.HTML', '/x'],
      ...['/config.json', '/index.html/', '/web/index.html', '/tls.key'],
    ]) {
      t.equal((await ask(jail, path)).status, 404, path)
    }
    t.equal((await ask(jail, '/', { host: server })).status, 404)
    t.equal((await ask(jail, '/', { more: ['-X', 'POST'] })).status, 404)
  })

  await t.test('a change of the page restarts nobody', async t => {
    const before = readFileSync(jail.path('/var/run/caddy/caddy.pid'), 'utf8')
    const registration = { REGISTRATIONENABLE: 'yes' }
    t.equal((await cooked(registration)).code, 0)
    t.match((await ask(jail, '/')).text, 'if the administrator has given you')
    const config = JSON.parse((await get('/config.json')).text)
    t.equal(config.setting_defaults['UIFeature.registration'], true)
    const after = readFileSync(jail.path('/var/run/caddy/caddy.pid'), 'utf8')
    t.equal(after, before)
    const picture = jailPicture(jail)
    t.match((await cooked(registration)).stdout, 'nothing to do')
    t.same(
      differences(picture, jailPicture(jail)).filter(
        path => !/^var\/log\/caddy/.test(path),
      ),
      [],
    )
  })

  await t.test('EDGE=no takes the pages back, not the package', async t => {
    const { code, stderr } = await cook([], { DOMAIN: server })
    t.equal(code, 0, stderr)
    for (const name of ['index.html', 'config.json']) {
      const path = jail.path(`/usr/local/etc/caddy/cook/web/${name}`)
      t.notOk(existsSync(path), path)
    }
    t.ok(existsSync(jail.path(`${folder}/index.html`)))
  })
}
