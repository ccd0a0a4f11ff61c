import type { Params } from './params.ts'

/** What people need to create an account themselves. */
export type SignUp = 'closed' | NonNullable<Params['registrationVerify']>

/** From REGISTRATIONVERIFY, or from what the server can do without it. */
export const signUpBy = (
  params: Pick<
    Params,
    'registrationEnable' | 'registrationVerify' | 'smtpHost'
  >,
): SignUp =>
  params.registrationEnable
    ? (params.registrationVerify ??
      (params.smtpHost === undefined ? 'token' : 'email'))
    : 'closed'
