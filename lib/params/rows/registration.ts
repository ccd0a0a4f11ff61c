import type { Row } from '../row.ts'

/** Who may have an account. */
export const registration = [
  {
    name: 'REGISTRATIONENABLE',
    flag: 'registration-enable',
    kind: 'boolean',
    group: 'registration',
    default: 'no',
    example: 'yes',
    help: 'yes: people can create accounts themselves',
  },
  {
    name: 'REGISTRATIONVERIFY',
    flag: 'registration-verify',
    kind: 'verification',
    group: 'registration',
    absent: 'email if SMTPHOST is set, else token',
    example: 'token',
    help: 'what is required to register; none: anybody can register',
  },
  {
    name: 'MYSHAREDSECRET',
    flag: 'my-shared-secret',
    kind: 'secret',
    group: 'registration',
    absent: 'generated once and kept',
    example: 'a long random text',
    help: 'whoever has this secret can create accounts at any time',
  },
  {
    name: 'ADMINUSER',
    flag: 'admin-user',
    kind: 'localpart',
    group: 'registration',
    absent: 'no account is created',
    example: 'admin',
    help: 'the name of the first administrator; the account is created once',
  },
  {
    name: 'ADMINPASS',
    flag: 'admin-pass',
    kind: 'secret',
    group: 'registration',
    absent: 'generated; it is in /mnt/matrixdata/cook/admin-password',
    example: 'a long password',
    help: 'the password of ADMINUSER; needs ADMINUSER',
  },
] as const satisfies readonly Row[]
