import {
  canSign,
  newCertificate,
  newCertificateKey,
  type Names,
} from './certificate.ts'
import type { Host } from './host.ts'
import {
  judgeCertificate,
  readCertificateKey,
  renewal,
} from './judge-certificate.ts'
import type { Params } from './params.ts'
import {
  certificateKeyPath,
  certificatePath,
  paths,
  signingKeyPath,
} from './paths.ts'
import { parsePotEnvironment } from './pot-environment.ts'
import { recallControl, type RecalledControl } from './recall-control.ts'
import { recallOverlays, type Overlays } from './recall-overlays.ts'
import { textOrFault } from './recall-text.ts'
import type { Report } from './report.ts'
import { Secret } from './secret.ts'
import type { ServerName } from './server-name.ts'
import { newSecret, newSigningKey, signingKeyFault } from './signing-key.ts'
import type { Fresh } from './step.ts'

/** What exists on the disk, and in memory what is missing there. */
export interface Recalled {
  signingKey: Secret
  /** By the name of its file in the folder of the keys. */
  secrets: {
    macaroon: Secret
    form: Secret
    /** Only where MYSHAREDSECRET does not serve. */
    registration?: Secret
  }
  tls: { key: Secret; certificate: string | Fresh } | undefined
  overlays: Overlays | undefined
  control?: RecalledControl
}

const keySuffix = '.signing.key'

const recallSigningKey = (
  host: Host,
  { name }: ServerName,
  report: Report,
): Secret => {
  const path = signingKeyPath(name)
  const text = textOrFault(host, path, report)
  const others = host
    .list(paths.keysDir)
    .filter(file => file.endsWith(keySuffix) && !file.startsWith('.'))
    .map(file => file.slice(0, -keySuffix.length))
    .filter(other => other !== name)
  const recorded = host.text(paths.recordedParams)
  const parsed = recorded ? parsePotEnvironment(recorded) : undefined
  const before =
    (parsed instanceof Map ? parsed.get('DOMAIN') : undefined) ??
    (host.look(path) === undefined ? others[0] : undefined)
  if (before !== undefined && before !== name) {
    report.error(
      'DOMAIN',
      undefined,
      `the data set was made for ${before} and cannot become ${name}: ` +
        `put back the name, or take an empty data set`,
    )
  } else if (host.look(path) === undefined) {
    if ((host.look(paths.database)?.size ?? 0) > 0) {
      report.error(
        path,
        undefined,
        `is missing, but there is a database (${paths.database}): ` +
          `put back the signing key, without it this is another server`,
      )
    }
  } else if (text !== undefined) {
    const fault = signingKeyFault(text)
    if (fault !== undefined) {
      report.error(path, undefined, `${fault}: put it back from a backup`)
    }
  }
  return new Secret(text ?? newSigningKey())
}

const recallSecret = (host: Host, name: string, report: Report): Secret => {
  const path = `${paths.keysDir}/${name}`
  const text = textOrFault(host, path, report)
  if (text?.trim() === '') {
    report.error(path, undefined, 'is empty, but should hold a secret')
  } else if (text !== undefined && /\p{Cc}/u.test(text.replace(/\n$/, ''))) {
    report.error(path, undefined, 'is not one line of text')
  }
  return new Secret(text ?? newSecret())
}

const recallTls = (
  host: Host,
  { name, host: domain }: ServerName,
  addresses: readonly string[],
  now: Date,
  report: Report,
): Recalled['tls'] => {
  const names: Names = { host: domain, addresses }
  const keyPath = certificateKeyPath(name)
  const path = certificatePath(name)
  const keyText = textOrFault(host, keyPath, report)
  const text = textOrFault(host, path, report)
  if (keyText === undefined) {
    if (text !== undefined) {
      report.error(path, undefined, `has no key beside it (${keyPath})`)
    }
    const key = newCertificateKey()
    return {
      key: new Secret(key),
      certificate: {
        reason: 'is missing',
        make: () => newCertificate(key, names, now),
      },
    }
  }
  const key = readCertificateKey(keyText)
  if (typeof key === 'string') {
    report.error(keyPath, undefined, key)
    return undefined
  }
  const renewed = (reason: string) => ({
    key: new Secret(keyText),
    certificate: { reason, make: () => newCertificate(keyText, names, now) },
  })
  if (text === undefined) {
    if (!canSign(key)) {
      report.error(path, undefined, 'is missing: supply it with its key')
    }
    return renewed('is missing')
  }
  const judged = judgeCertificate(text, key, names, now)
  if (judged.state === 'renew') {
    return renewed(judged.reason)
  }
  if (judged.state === 'fault') {
    report.error(path, undefined, judged.message)
  } else if (!judged.ours && judged.daysLeft < renewal) {
    const days = Math.floor(judged.daysLeft)
    report.warning(path, undefined, `expires in ${days} days: supply a new one`)
  }
  return { key: new Secret(keyText), certificate: text }
}

/**
 * Reads what the data set holds: identity, secrets, certificate, own
 * settings. What is wrong goes into the report. Only what the parameters that
 * are right can judge is judged, so that one report says everything.
 */
export const recall = async (
  host: Host,
  right: Partial<Params>,
  now: Date,
  report: Report,
): Promise<Recalled | undefined> => {
  const { domain, ip, noSsl } = right
  const overlays = await recallOverlays(host, domain?.name, report)
  const control = recallControl(host, right, report)
  if (domain === undefined) {
    return undefined
  }
  return {
    signingKey: recallSigningKey(host, domain, report),
    secrets: {
      macaroon: recallSecret(host, 'macaroon', report),
      form: recallSecret(host, 'form', report),
      ...(right.mySharedSecret === undefined
        ? { registration: recallSecret(host, 'registration', report) }
        : {}),
    },
    tls:
      noSsl === false && ip !== undefined
        ? recallTls(host, domain, ip, now, report)
        : undefined,
    overlays,
    ...(control === undefined ? {} : { control }),
  }
}
