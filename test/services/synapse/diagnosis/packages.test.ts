import t from 'tap'
import {
  diagnosePackages,
  packageFault,
} from '../../../../lib/services/synapse/diagnosis/packages.ts'
import { paths } from '../../../../lib/contract/paths.ts'
import { hostIn } from '../../../small/host-in.ts'

const script = {
  [paths.synapseScript]: 'command="/usr/local/bin/python3.12"\n',
}

t.test('a package that is missing or wrong is named', async t => {
  const host = hostIn(t, script)
  for (const [line, told] of [
    [
      "ModuleNotFoundError: No module named '_sqlite3'",
      'Python has no _sqlite3: install py312-sqlite3',
    ],
    [
      "ModuleNotFoundError: No module named 'psycopg2'",
      'Python has no psycopg2: install py312-psycopg2',
    ],
    [
      'RuntimeError: Cannot create PostgresEngine -- psycopg2 module is not ' +
        'installed',
      'Python has no psycopg2: install py312-psycopg2',
    ],
    [
      "cannot import psycopg2: No module named 'psycopg2'",
      'Python has no psycopg2: install py312-psycopg2',
    ],
    [
      'cannot import psycopg2: Shared object "libpq.so.5" not found',
      'Python cannot import psycopg2 (Shared object "libpq.so.5" not ' +
        'found): install py312-psycopg2 again',
    ],
    [
      'Synapse 1.163.2 needs txredisapi<1.6.0,>=1.4.12; extra == "redis" or ' +
        'extra == "all", but got txredisapi==1.4.7',
      'Synapse needs txredisapi<1.6.0,>=1.4.12, but txredisapi==1.4.7 is ' +
        'installed: upgrade py312-txredisapi, or remove it',
    ],
    [
      'Synapse 1.120.0 needs netaddr, but it is not installed',
      'Python has no netaddr: install py312-netaddr',
    ],
    // A module that local overrides name is the administrator's own.
    ["ModuleNotFoundError: No module named 'own_module'", undefined],
    ['synapse.config._base.ConfigError: no such thing', undefined],
    ['', undefined],
  ] as const) {
    t.equal(packageFault(host, line), told)
  }
})

t.test('only what every configuration needs is certain', async t => {
  const host = hostIn(t, {})
  for (const [line, isCertain] of [
    ["No module named '_sqlite3'", true],
    ['Synapse 1 needs a>1, but got a==1', true],
    ['Synapse 1 needs netaddr, but it is not installed', true],
    ['Synapse 1 needs txredisapi for redis, but it is not installed', false],
    ['-- sqlite3 module is not installed', true],
    ["No module named 'psycopg2'", false],
  ] as const) {
    t.match(diagnosePackages(host, ['', line, 'x']), { isCertain })
  }
  t.match(diagnosePackages(host, ["No module named '_sqlite3'"]), {
    message: 'Python has no _sqlite3: install py3NN-sqlite3',
  })
  t.equal(diagnosePackages(host, ['ValueError: x']), undefined)
})
