// A directory with the layout of the package element-web, and a client that is
// made with matrix-js-sdk.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const client = fileURLToPath(new URL('client.ts', import.meta.url))

export const bundlePath = '/bundles/0123456789abcdef/bundle.js'

const index = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Web client</title>
<link rel="icon" href="data:,">
<h1></h1>
<form>
<p><label>User <input id="user"></label>
<p><label>Password <input id="password" type="password"></label>
<p><label>Message <input id="text"></label>
<p><button>Send</button>
</form>
<p id="state">
<ul id="messages"></ul>
<script src="${bundlePath.slice(1)}"></script>
</html>
`

// The configuration that comes with the package leads elsewhere.
const sample = { default_server_name: 'elsewhere.example.net' }

/** Writes it; `withClient` says whether its program works or is only there. */
export const elementAt = async (
  directory: string,
  { withClient = false } = {},
): Promise<void> => {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  put('index.html', index)
  put('config.json', JSON.stringify(sample))
  put('config.sample.json', JSON.stringify(sample))
  put('version', '1.12.0')
  put('i18n/languages.json', '{}')
  put('sw.js', '')
  put(bundlePath, `// ${'x'.repeat(4000)}`)
  if (withClient) {
    await build({
      entryPoints: [client],
      outfile: join(directory, bundlePath),
      bundle: true,
      minify: true,
      format: 'iife',
      platform: 'browser',
      logLevel: 'error',
      define: { global: 'globalThis' },
      // Encryption is asked for by nobody here.
      external: ['@matrix-org/matrix-sdk-crypto-wasm'],
    })
  }
}
