// What cook says of certificate files, on Node and on Bun: with the argument
// `lines` a line of JSON for each case, and one for each answer.

import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseServerName } from '../../lib/formats/server-name.ts'
import { newReport, renderFault } from '../../lib/contract/report.ts'
import { hostAt } from '../../lib/host/host.ts'
import { recallCa } from '../../lib/tls/recall-ca.ts'
import { recallTls } from '../../lib/services/synapse/tls/recall-tls.ts'
import type { Loaded } from '../support/openssl-loads.ts'

/** What cook said of a case. */
export interface Judged {
  /** Whether it uses the file. */
  accepted: boolean
  /** Its errors. */
  told: string[]
  /** The certificates that it hands on, of an authority. */
  pem: string
}

/** The paths of the files in the jail. */
export const places = {
  crt: '/mnt/matrixdata/tls/example.com.crt',
  key: '/mnt/matrixdata/tls/example.com.key',
}

/** A judge with a jail of its own. */
export const newJudge = () => {
  const root = mkdtempSync(join(tmpdir(), 'cook-judging-'))
  mkdirSync(join(root, 'mnt/matrixdata/tls'), { recursive: true })
  const host = hostAt(root, {
    euid: process.geteuid?.() ?? 0,
    pid: process.pid,
    path: '/bin',
    alive: () => false,
  })
  const name = parseServerName('example.com')
  if (typeof name === 'string') {
    throw new Error(name)
  }
  const judge = ({ kind, crt, key = '' }: Loaded): Judged => {
    const report = newReport()
    writeFileSync(join(root, places.crt), crt)
    writeFileSync(join(root, places.key), key)
    const now = new Date()
    const tls =
      kind === 'server'
        ? recallTls(host, name, [], now, report, undefined, [])
        : undefined
    const param = kind === 'ldap' ? 'LDAPCA' : 'FEDERATIONCA'
    const pem =
      kind === 'server' ? '' : recallCa(host, param, places.crt, now, report)
    const told = report.faults
      .map(renderFault)
      .filter(each => each.startsWith('error: '))
    return {
      accepted:
        told.length === 0 &&
        (kind === 'server' ? typeof tls?.certificate === 'string' : pem !== ''),
      told,
      pem,
    }
  }
  return { judge, end: () => rmSync(root, { recursive: true }) }
}

if (process.argv[2] === 'lines') {
  const { judge, end } = newJudge()
  try {
    for (const line of (await text(process.stdin)).trimEnd().split('\n')) {
      process.stdout.write(`${JSON.stringify(judge(JSON.parse(line)))}\n`)
    }
  } finally {
    end()
  }
}
