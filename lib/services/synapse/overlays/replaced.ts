import { kinds } from '../../../params/kind.ts'
import {
  paramKey,
  rows,
  type ParamName,
  type Params,
} from '../../../params/params.ts'

/**
 * The parameters that set each top-level key of homeserver.yaml: they do nothing
 * to it if local overrides replace it. DOMAIN is not here, because its key must
 * be equal to it. A test compares this with the comments of the template.
 */
export const settersOf: Readonly<Record<string, readonly ParamName[]>> = {
  public_baseurl: ['PUBLICURL'],
  admin_contact: ['ALERTEMAIL'],
  report_stats: ['REPORTSTATS'],
  log_config: ['LOGLEVEL'],
  listeners: ['IP', 'NOSSL', 'EDGE', 'FEDERATION'],
  federation_custom_ca_list: ['FEDERATIONCA'],
  federation_domain_whitelist: ['FEDERATION'],
  max_upload_size: ['MAXUPLOAD'],
  registration_shared_secret: ['MYSHAREDSECRET'],
  enable_registration: ['REGISTRATIONENABLE'],
  registrations_require_3pid: ['REGISTRATIONVERIFY'],
  registration_requires_token: ['REGISTRATIONVERIFY'],
  enable_registration_without_verification: ['REGISTRATIONVERIFY'],
  email: [
    'SMTPHOST',
    'SMTPPORT',
    'SMTPTLS',
    'SMTPUSER',
    'SMTPPASS',
    'SMTPFROM',
  ],
  password_config: ['LDAPONLY'],
  modules: [
    'LDAPSERVER',
    'LDAPTLS',
    'LDAPCA',
    'LDAPDOMAIN',
    'LDAPBASE',
    'LDAPBINDDN',
    'LDAPPASSWORD',
    'LDAPFILTER',
    'LDAPUID',
    'LDAPMAIL',
    'LDAPNAME',
  ],
  turn_uris: ['TURNURIS'],
  turn_shared_secret: ['TURNSECRET'],
  matrix_rtc: ['RTCURL', 'RTCJWT'],
  experimental_features: ['RTCURL'],
  max_event_delay_duration: ['RTCURL'],
  rc_delayed_event_mgmt: ['RTCURL'],
  rc_message: ['RTCURL'],
  extra_well_known_client_content: ['RTCJWT'],
}

// A list of all parameters, such as a Nomad job, also has defaults.
const isAsked = (name: ParamName, right: Partial<Params>): boolean => {
  const row = rows.find(each => each.name === name)!
  const value = right[paramKey(row)]
  const usual =
    row.default === undefined ? {} : kinds[row.kind].parse(row.default)
  return value !== undefined && !('value' in usual && usual.value === value)
}

/**
 * The parameters with values of the administrator's that have no effect on a
 * key, if local overrides replace it.
 */
export const replacedBy = (
  key: string,
  right: Partial<Params>,
): readonly ParamName[] =>
  Object.hasOwn(settersOf, key)
    ? settersOf[key]!.filter(name => isAsked(name, right))
    : []
