import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import {
  pageRoutes,
  renderPage,
} from '../../../../lib/services/edge/web/page.ts'
import { right } from '../../../hostile/texts.ts'
import { params, type Given } from '../../../small/given.ts'
import { readHtml } from '../../../small/html.ts'
import { whyNoYaml } from '../../../small/yaml.ts'

const skip = whyNoYaml()

const pageFor = (given: Given): string =>
  renderPage(params({ EDGE: 'yes', ...given }))

/** The text without the places where a line may break. */
const textOf = (page: string): string =>
  page.replace(/<style>[^]*<\/style>/, '').replaceAll(/\s*<[^>]*>/g, '')

t.test('the page says how to log in', async t => {
  const page = pageFor({ PUBLICHOST: 'matrix.example.com' })
  const text = textOf(page)
  t.match(text, 'https://matrix.example.com')
  t.match(text, '@name:example.com')
  t.match(page, '<a href="mailto:admin@example.com">admin@example.com</a>')
  t.notMatch(page, 'web client')
  t.match(text, 'other Matrix servers')
  t.match(textOf(pageFor({ FEDERATION: 'no' })), 'is not connected to other')
  const chat = pageFor({ WEBCLIENTHOST: 'chat.example.com' })
  t.match(chat, 'href="https://chat.example.com/">Open the web client</a>')
  const url = textOf(pageFor({ PUBLICURL: 'https://m.example.com/path/' }))
  t.match(url, 'https://m.example.com/path')
  const help = pageFor({
    SUPPORTPAGE: 'https://example.com/?a&b',
    SUPPORTCONTACT: '@bob:example.com',
  })
  t.match(help, 'href="https://example.com/?a&amp;b"')
  t.match(help, '<code>@bob:example.com</code>')
  t.notMatch(help, 'admin@example.com')
})

t.test('it says who may create an account', async t => {
  const open = { REGISTRATIONENABLE: 'yes' }
  const mail = { SMTPHOST: 'mail.example.com', SMTPFROM: 'a@example.com' }
  const ldap = {
    ...{ LDAPSERVER: 'ldap.example.com', LDAPPASSWORD: 'x' },
    ...{ LDAPDOMAIN: 'example.com', LDAPTLS: 'ldaps' },
  }
  const cannot = 'You cannot create an account yourself'
  const given = 'If your organization has given you'
  for (const [parameters, ...wanted] of [
    [{}, cannot],
    [open, 'given you a registration token'],
    [{ ...open, ...mail }, 'who has an e-mail address can create'],
    [{ ...open, REGISTRATIONVERIFY: 'none' }, 'Anybody can create'],
    [ldap, given, cannot],
    [{ ...ldap, LDAPONLY: 'yes' }, given],
  ] as const) {
    const text = textOf(pageFor(parameters)).replaceAll('\n', ' ')
    const all = [cannot, given, 'a registration token', 'an e-mail address']
    for (const each of [...all, ...wanted]) {
      const is = (wanted as readonly string[]).some(one => one.includes(each))
      t.equal(text.includes(each), is, `${JSON.stringify(parameters)}: ${each}`)
    }
  }
})

t.test('a browser may use only the style that is in it', async t => {
  const [route] = pageRoutes(params({ EDGE: 'yes' }))
  const { set } = route!.handle[0]!['response'] as {
    set: Record<string, [string]>
  }
  const page = pageFor({})
  const [, style = ''] = page.match(/<style>([^]*)<\/style>/) ?? []
  t.ok(style.length > 100)
  const hash = createHash('sha256').update(style).digest('base64')
  t.match(set['Content-Security-Policy']?.[0], `style-src 'sha256-${hash}';`)
  t.notMatch(page, /<script|\bsrc=|url\(|@import|style=|\bon\w+=/)
})

t.test('no value breaks out of the page', { skip }, async t => {
  const hostile = fc.record({
    DOMAIN: right.serverName,
    PUBLICHOST: right.hostName,
    WEBCLIENTHOST: right.hostName,
    SUPPORTPAGE: right.link,
    SUPPORTCONTACT: right.contact,
    PUBLICURL: right.url,
  })
  const sets = fc
    .sample(hostile, 300)
    .filter(
      ({ DOMAIN, PUBLICHOST, WEBCLIENTHOST: own }) =>
        own.toLowerCase() !== PUBLICHOST.toLowerCase() &&
        !DOMAIN.toLowerCase().startsWith(own.toLowerCase()),
    )
    .concat(
      ['@"><script>:example.com', "@'&lt;x:example.com"].map(contact => ({
        ...{ DOMAIN: 'example.com', PUBLICHOST: 'matrix.example.com' },
        ...{ WEBCLIENTHOST: 'chat.example.com', SUPPORTCONTACT: contact },
        SUPPORTPAGE: "https://example.com/'&lt;&quot;#&amp;",
        PUBLICURL: "https://example.com/'&lt;",
      })),
    )
  const read = readHtml(sets.map(pageFor))
  const isMail = (contact: string) => !contact.startsWith('@')
  const shapeOf = (tags: readonly string[]) =>
    tags.filter(each => each !== 'wbr').join('\n')
  const shapes = new Map(
    ['a@example.com', '@a:example.com'].map(contact => {
      const [harmless] = readHtml([
        pageFor({ ...sets[0]!, SUPPORTCONTACT: contact, DOMAIN: 'a.example' }),
      ])
      return [isMail(contact), shapeOf(harmless!.tags)]
    }),
  )
  t.ok(sets.length > 100)
  for (const [index, set] of sets.entries()) {
    const { tags, values, text } = read[index]!
    const about = JSON.stringify(set)
    t.equal(shapeOf(tags), shapes.get(isMail(set.SUPPORTCONTACT)), about)
    for (const shown of [
      set.DOMAIN,
      `@name:${set.DOMAIN}`,
      set.SUPPORTPAGE,
      set.SUPPORTCONTACT,
      set.PUBLICURL.replace(/\/$/, ''),
    ]) {
      t.ok(text.includes(shown), `${about}: ${shown}`)
    }
    t.ok(values.includes(set.SUPPORTPAGE), about)
    t.ok(values.includes(`https://${set.WEBCLIENTHOST.toLowerCase()}/`), about)
    const mail = values.find(each => each.startsWith('mailto:'))
    t.equal(
      mail && decodeURIComponent(mail.slice('mailto:'.length)),
      isMail(set.SUPPORTCONTACT) ? set.SUPPORTCONTACT : undefined,
      about,
    )
  }
})
