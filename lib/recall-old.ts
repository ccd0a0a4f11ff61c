// What a jail has from before there was cook, that of potluck's shell cook for
// one: its identity is in the jail, not on the data set.

import { createHash } from 'node:crypto'
import { isAbsolute, join, normalize } from 'node:path'
import type { Host } from './host.ts'
import { judgeCertificate, readCertificateKey } from './judge-certificate.ts'
import type { OldHomeserver } from './old-homeserver.ts'
import type { Params } from './params.ts'
import {
  certificatePath,
  oldHomeserverCopy,
  oldSigningKeyPath,
  paths,
  signingKeyPath,
} from './paths.ts'
import type { Overlays } from './recall-overlays.ts'
import { textOrFault } from './recall-text.ts'
import { show, type Report } from './report.ts'
import { Secret } from './secret.ts'
import type { ServerName } from './server-name.ts'
import { signingKeyFault } from './signing-key.ts'
