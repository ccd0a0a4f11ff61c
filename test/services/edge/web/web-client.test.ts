import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { newReport, renderFault } from '../../../../lib/contract/report.ts'
import { hostAt } from '../../../../lib/host/host.ts'
import { renderEdge } from '../../../../lib/services/edge/config/index.ts'
import { hostsOf } from '../../../../lib/services/edge/names.ts'
import {
  judgeWebClient,
  webClientConfig,
} from '../../../../lib/services/edge/web/web-client.ts'
import { right } from '../../../hostile/texts.ts'
import { params, type Given } from '../../../small/given.ts'
import { machine } from '../../../small/host-in.ts'

const chat = 'chat.example.com'

const configFor = (given: Given) =>
  JSON.parse(webClientConfig(params({ EDGE: 'yes', ...given })))

t.test('Element Web gets this homeserver and no other server', async t => {
  const given = { PUBLICHOST: 'matrix.example.com', WEBCLIENTHOST: chat }
  t.same(configFor(given), {
    default_server_config: {
      'm.homeserver': {
        base_url: 'https://matrix.example.com',
        server_name: 'example.com',
      },
    },
    room_directory: { servers: ['example.com'] },
    disable_custom_urls: true,
    disable_guests: true,
    integrations_ui_url: '',
    integrations_rest_url: '',
    integrations_widgets_urls: [],
    setting_defaults: {
      'UIFeature.identityServer': false,
      'UIFeature.registration': false,
    },
  })
  const open = configFor({ REGISTRATIONENABLE: 'yes' })
  t.equal(open.setting_defaults['UIFeature.registration'], true)
})

t.test('no value breaks out of its configuration', async t => {
  const property = fc.property(
    right.serverName,
    right.url,
    (DOMAIN, PUBLICURL) => {
      const config = configFor({ DOMAIN, PUBLICURL })
      const wanted = configFor({})
      const base_url = PUBLICURL.replace(/\/$/, '')
      const server = { base_url, server_name: DOMAIN }
      wanted.default_server_config['m.homeserver'] = server
      wanted.room_directory.servers = [DOMAIN]
      return JSON.stringify(config) === JSON.stringify(wanted)
    },
  )
  t.equal(fc.check(property).failed, false)
})

t.test('nor out of the configuration of Caddy', async t => {
  const setting = { storage: '/s', isModern: true, isSupplied: false }
  const textFor = (WEBCLIENTHOST: string): string =>
    renderEdge(params({ EDGE: 'yes', ACME: 'yes', WEBCLIENTHOST }), setting)
  const plain = textFor(chat)
  const property = fc.property(
    right.hostName.filter(name => name.toLowerCase() !== 'example.com'),
    name => textFor(name) === plain.replaceAll(chat, () => name.toLowerCase()),
  )
  t.equal(fc.check(property).failed, false)
  const { apps } = JSON.parse(plain)
  t.same(apps.tls.certificates.automate, ['example.com', chat])
  t.same(apps.tls.automation.policies[0].subjects, ['example.com', chat])
})

t.test('its host is one of those with a certificate', async t => {
  const all = { PUBLICHOST: 'matrix.example.com', SERVEDOMAIN: 'yes' }
  t.same(hostsOf(params({ EDGE: 'yes', ...all, WEBCLIENTHOST: chat })), [
    'matrix.example.com',
    'example.com',
    chat,
  ])
  t.same(hostsOf(params({ EDGE: 'yes' })), ['example.com'])
})

t.test('a package that is not installed is a warning', async t => {
  const root = t.testdir()
  const told = (name: string | undefined): string[] => {
    const report = newReport()
    judgeWebClient(hostAt(root, machine), name, report)
    return report.faults.map(renderFault)
  }
  t.same(told(chat), [
    'warning: WEBCLIENTHOST: Element Web is not installed, so ' +
      `https://${chat}/ has no web client: install its package (element-web)`,
  ])
  t.same(told(undefined), [])
  const index = join(root, '/usr/local/www/element/index.html')
  mkdirSync(dirname(index), { recursive: true })
  writeFileSync(index, '')
  t.same(told(chat), [])
})
