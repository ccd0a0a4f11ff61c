// What the edge promises to people: a browser that trusts the authority,
// and makes no exception, logs in over https and sends.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { browse, type Look } from '../../browser/chromium.ts'
import { elementAt } from '../../browser/element.ts'
import { makeAuthority } from '../../jail/authority.ts'
import { until } from '../../support/until.ts'
import { acmeIn } from './acme.ts'
import { ask, served } from './asking.ts'
import { address, domain, settle, type Kind } from '../setting.ts'

const chat = 'chat.example.com'
const user = { ADMINUSER: 'alice', ADMINPASS: 'wonderland, a long password' }
const text = 'Hello from a browser \u{1F600} <b>'

// COOK_PICTURES=DIR keeps what the browser has seen.
const pictures = process.env['COOK_PICTURES']

const sizes = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const

export const browser = async (t: Test, kind: Kind): Promise<void> => {
  const { jail, cook } = await settle(t, kind)
  await elementAt(jail.path('/usr/local/www/element'), { withClient: true })
  const acme = await acmeIn(t, jail).start()
  const { code, stderr } = await cook([], {
    ...{ ...acme.parameters, ...user, WEBCLIENTHOST: chat },
  })
  t.equal(code, 0, stderr)
  for (const host of [domain, chat]) {
    await until(async () => /Pebble/.test((await served(jail, host)).issuer))
  }
  const folder = pictures ?? t.testdir()
  mkdirSync(folder, { recursive: true })

  await t.test(
    'a browser that does not know the authority refuses',
    async t => {
      const stranger = makeAuthority('Pebble').certificate
      const page = await browse(t, jail, address, [stranger])
      for (const host of [domain, chat]) {
        await t.rejects(
          page.open(`https://${host}/`),
          { message: `https://${host}/: net::ERR_CERT_AUTHORITY_INVALID` },
          host,
        )
      }
    },
  )

  await t.test('one that knows it logs in, makes a room and sends', async t => {
    const page = await browse(t, jail, address, [await acme.root()])
    await page.looks(sizes.desktop)
    await page.open(`https://${chat}/`)
    const state = async () => String(await page.read('state.textContent'))
    await until(async () => (await state()).trim() !== '')
    t.equal(await state(), 'ready')
    t.equal(await page.read('isSecureContext'), true)
    const values = { user: user.ADMINUSER, password: user.ADMINPASS, text }
    await page.read(
      `Object.entries(${JSON.stringify(values)}).forEach(([id, value]) => {
        document.getElementById(id).value = value
      }), document.querySelector('button').click()`,
    )
    const said = `@alice:${domain}: ${text}`
    const isThere = `messages.textContent.includes(${JSON.stringify(said)})`
    await until(
      async () =>
        /failed/.test(await state()) ||
        (/event/.test(await state()) && Boolean(await page.read(isThere))),
    )
    await page.photograph(join(folder, 'web-client.png'))
    t.match(await state(), /"event":"\$/)
    t.equal(await page.read(isThere), true, 'the message has come back')
    // The SDK also asks for what a homeserver need not have.
    const others = page.complaints.filter(each => !each.includes('/_matrix/'))
    t.same(others, [])

    const { room, event } = JSON.parse(await state())
    const login = await ask(jail, '/_matrix/client/v3/login', {
      ca: await acme.root(),
      input: JSON.stringify({
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: 'alice' },
        password: user.ADMINPASS,
      }),
    })
    const { access_token: token } = JSON.parse(login.text)
    const path = `/_matrix/client/v3/rooms/${room}/event/${event}`
    const more = ['--header', `Authorization: Bearer ${token}`]
    const got = await ask(jail, path, { ca: await acme.root(), more })
    t.equal(JSON.parse(got.text).content?.body, text)
  })

  await t.test('the page can be read on a phone, and in the dark', async t => {
    const page = await browse(t, jail, address, [await acme.root()])
    const looks = Object.entries(sizes).flatMap(([name, size]) =>
      (['light', 'dark'] as const).map((scheme): [string, Look] => [
        `page-${name}-${scheme}`,
        { ...size, scheme },
      ]),
    )
    for (const [name, look] of looks) {
      await page.looks(look)
      await page.open(`https://${domain}/`)
      await page.photograph(join(folder, `${name}.png`))
      const wide = 'document.documentElement.scrollWidth'
      t.equal(await page.read(wide), look.width, `${name} fits its width`)
      const light = Number(await page.read(brightness))
      t.ok(
        look.scheme === 'dark' ? light < 64 : light > 192,
        `${name} ${light}`,
      )
      t.ok(Number(await page.read(contrast)) >= 4.5, `${name}: contrast`)
    }
    t.same(page.complaints, [], 'nothing breaks the policy')
    t.equal(await page.read('document.scripts.length'), 0)
    t.same(
      await page.read(
        'performance.getEntriesByType("resource").map(e => e.name)',
      ),
      [],
      'nothing is loaded besides the page',
    )
    await page.open(`https://${chat}/`)
    await page.open(`https://${domain}/`)
    await page.read('document.querySelector(".button").click()')
    await until(async () => (await page.read('location.host')) === chat)
    t.equal(await page.read('location.href'), `https://${chat}/`)
  })
}

const rgb = `const rgb = (of, what) =>
  getComputedStyle(of)[what].match(/[\\d.]+/g).slice(0, 3).map(Number)`

/** How light the ground of the page is, to 255. */
const brightness = `(() => {
  ${rgb}
  return Math.max(...rgb(document.body, 'backgroundColor'))
})()`

/** The least contrast of a text with its ground (WCAG 2.2, 1.4.3). */
const contrast = `(() => {
  ${rgb}
  const light = color => color
    .map(c => c / 255)
    .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const isClear = of => /, 0\\)$/.test(getComputedStyle(of).backgroundColor)
  const ground = of => (isClear(of) ? ground(of.parentElement) : of)
  return Math.min(...[...document.querySelectorAll('main *')].map(of => {
    const both = [rgb(of, 'color'), rgb(ground(of), 'backgroundColor')]
    const [a, b] = both.map(light).toSorted((a, b) => b - a)
    return (a + 0.05) / (b + 0.05)
  }))
})()`
