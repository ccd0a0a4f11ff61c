import type { FindingRow } from './row.ts'

/** What strangers may do, and what confuses everybody. */
export const safety = [
  {
    name: 'registration-open',
    meaning:
      'everybody can create accounts, without a token, an e-mail address or ' +
      'a captcha: spammers will',
    remedy: 'set REGISTRATIONVERIFY to token or email',
  },
  {
    name: 'forwarded-for',
    meaning:
      'Synapse believes addresses that strangers write into X-Forwarded-For: ' +
      'limits and bans by address do not work, and logs are wrong',
    remedy: 'let only the proxy reach port 8008, and let it set the header',
  },
  {
    name: 'login-none',
    meaning: 'the server offers no way to log in',
    remedy: 'see password_config in the local overrides',
  },
  {
    name: 'clock-wrong',
    meaning:
      'the clock differs from that of every other server: certificates and ' +
      'messages are judged by a wrong time',
    remedy: 'let the host keep the time (ntpd)',
  },
] as const satisfies readonly FindingRow[]
