import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import { reveal } from '../../../contract/secret.ts'
import { isUnspecified } from '../../../formats/server-name.ts'
import { hostsOf } from '../names.ts'
import { literal } from './literal.ts'

const account = ({ acmeKid, acmeHmac }: Params) =>
  acmeKid === undefined || acmeHmac === undefined
    ? {}
    : { external_account: { key_id: acmeKid, mac_key: reveal(acmeHmac) } }

// Where Caddy looks whether its own port 80 is there for a challenge. Without it
// that is localhost, where it does not listen.
const ownPlace = ({ ip }: Params) => {
  const [bind_host] = ip.filter(each => !isUnspecified(each))
  return bind_host === undefined ? {} : { challenges: { bind_host } }
}

const issuer = (params: Params) => ({
  module: 'acme',
  ca: literal(
    params.acmeDirectory ?? 'https://acme-v02.api.letsencrypt.org/directory',
  ),
  email: literal(params.alertEmail),
  ...(params.acmeCa === undefined
    ? {}
    : { trusted_roots_pem_files: [paths.caddyCa] }),
  ...account(params),
  ...ownPlace(params),
})

/** The certificates: the one that cook supplies, and those of an authority. */
export const certificatesOf = (params: Params): object => {
  const subjects = hostsOf(params)
  return {
    certificates: {
      load_files: [
        { certificate: paths.caddyCertificate, key: paths.caddyKey },
      ],
      ...(params.acme ? { automate: subjects } : {}),
    },
    ...(params.acme
      ? {
          automation: {
            policies: [
              { subjects, key_type: 'p256', issuers: [issuer(params)] },
            ],
          },
        }
      : {}),
  }
}
