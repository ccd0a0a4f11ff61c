import { localpartFault } from '../../formats/user-id.ts'
import { either, type Kind } from './parsed.ts'

export const localpart: Kind<string> = {
  expects: 'user name',
  parse: text =>
    either(
      text,
      localpartFault(text) ??
        (text.startsWith('_') && 'begins with _, which Synapse does not allow'),
    ),
}
