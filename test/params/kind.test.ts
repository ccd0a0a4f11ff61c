import t from 'tap'
import { kinds, type KindName } from '../../lib/params/kind.ts'
import { Secret } from '../../lib/contract/secret.ts'
import { effortOf } from '../support/promptly.ts'

const parse = (kind: KindName, text: string) => kinds[kind].parse(text)

const label = 'a'.repeat(63)
const notAddress = 'is not an IPv4 or IPv6 address'
const noAt = 'is not an e-mail address: it has no @'
const notEmail = 'is not an e-mail address (name@host)'
const quoted = 'has a name that must be in double quotes'
const percent = 'contains %, which Synapse allows only in %(app)s'
const noSender = 'has an address that is not ASCII: Synapse cannot send from it'
const number = "is an OID: use the attribute's name"
const backslash = 'write a \\ before each of , + " \\ < > ;'
const condition =
  'which is not a condition such as (mail=*): in values write \\28 for (, ' +
  '\\29 for ), \\2a for *, \\5c for \\, and \\20 for a space at either end'
const noFilter = 'is not a filter such as (&(mail=*)(!(employeeType=guest)))'
const ldapTls = 'is not one of none, starttls, ldaps'
const mailTls = 'is not one of auto, none, starttls, implicit'
const seconds = 'is not a number of seconds (1-86400)'
const noNetwork = 'is not an address or a network such as 192.0.2.0/24'
const noPort = 'is not a port (1-65535)'
const noSize = 'is not a size such as 50M (K, M, G, T or bytes)'
const noHttp = 'does not begin with https:// or http://'
const query = 'has a query or a fragment, which Synapse does not allow'
const user = 'contains a user name or a password'
const space = 'contains a space, which host names cannot have'
const underscore = 'contains "_", which host names cannot have'
const notAscii = 'is not ASCII: write the xn-- form of the name'
const hasPort = 'has a port: write only the host'
const hasScheme = 'has a scheme: write only the host'
const levels = 'is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL'
const notWhole = 'is not an absolute path: begin it with /'
const ways = 'is not one of email, token, none'

type Cases<K extends KindName, T> = { [Kind in K]: [string, T][] }

// Every kind has rows here or its own test below.
const accepted: Cases<Exclude<KindName, 'boolean' | 'secret'>, unknown> = {
  serverName: [
    ['a.example', { name: 'a.example', host: 'a.example', port: undefined }],
    ['[::1]:80', { name: '[::1]:80', host: '::1', port: 80 }],
  ],
  addresses: [
    ['10.192.0.5', ['10.192.0.5']],
    ['0.0.0.0', ['0.0.0.0']],
    ['::', ['::']],
    ['10.0.0.1,10.0.0.2', ['10.0.0.1', '10.0.0.2']],
    [' 10.0.0.1 , ::1 ', ['10.0.0.1', '::1']],
    ['2001:DB8:0:0::1', ['2001:db8::1']],
    ['::1, 0:0:0:0:0:0:0:1, ::1', ['::1']],
    ['10.0.0.1,10.0.0.1', ['10.0.0.1']],
  ],
  ldapServers: [
    ['ldap.example.com', ['ldap.example.com']],
    ['a, b.example,10.0.0.1', ['a', 'b.example', '10.0.0.1']],
    ['::1,a', ['::1', 'a']],
    ['2001:db8::1', ['2001:db8::1']],
    ['2001:db8::abcd', ['2001:db8::abcd']],
    ['a,b,a', ['a', 'b']],
  ],
  turnUris: [
    ['turn:turn.example.com', ['turn:turn.example.com']],
    ['turns:[2001:db8::1]:5349', ['turns:[2001:db8::1]:5349']],
    [
      'turn:10.0.0.1:3478?transport=udp, turn:a?transport=tcp,turn:a?transport=tcp',
      ['turn:10.0.0.1:3478?transport=udp', 'turn:a?transport=tcp'],
    ],
  ],
  websocketUrl: [
    'wss://rtc.example.com',
    'wss://rtc.example.com:443/livekit/sfu/',
    'wss://[2001:db8::1]:7880',
  ].map(text => [text, text]),
  serviceUrl: [
    'https://rtc.example.com',
    'https://rtc.example.com:8443/jwt',
  ].map(text => [text, text]),
  dn: [
    'ou=People,dc=example,dc=com',
    'cn=a+uid=b,dc=é',
    'cn=a\\, b \\"c\\" \\\\,dc=x',
    'cn=\\ a\\20\\ ,dc=x',
    'cn=\\#1 C# a = b,dc=x',
    "cn=\\c3\\a9:(*)&',dc=x",
  ].map(text => [text, text]),
  ldapFilter: [
    '(a=b)',
    '(a=*)',
    '(a=)',
    '(a=b*c*)',
    '(a;lang-de~=b)',
    '(2.5.4.3>=b)',
    '(a:dn:2.5.13.5:=b)',
    '(:caseExactMatch:=b)',
    '(memberOf=cn=chat,dc=example)',
    '(cn=\\28é \\5c "\'#: %\\29)',
    '(& (a=b) (|(c=d)(!(e=f))) )',
    `${'(!'.repeat(50)}(a=b)${')'.repeat(50)}`,
  ].map(text => [text, text]),
  ldapAttribute: ['uid', 'sAMAccountName', 'a-1;lang-de'].map(text => [
    text,
    text,
  ]),
  host: [
    ['mail.example.com', 'mail.example.com'],
    ['10.0.0.1', '10.0.0.1'],
    ['::1', '::1'],
    ['2001:db8::abcd', '2001:db8::abcd'],
  ],
  domainName: [
    ['example.com', 'example.com'],
    ['a', 'a'],
    [`${label}.b`, `${label}.b`],
  ],
  email: [
    ['admin@example.com', 'admin@example.com'],
    ['a.b+c%d@example.com', 'a.b+c%d@example.com'],
    ['größe@example.com', 'größe@example.com'],
  ],
  mailbox: [
    ['a@b.example', 'a@b.example'],
    ['<a@b.example>', '<a@b.example>'],
    ['Matrix <a@b.example>', 'Matrix <a@b.example>'],
    ['%(app)s of us <a@b.example>', '%(app)s of us <a@b.example>'],
    ['"A. B, of C" <a@b.example>', '"A. B, of C" <a@b.example>'],
    ['"%(app)s (x)" <a@b.example>', '"%(app)s (x)" <a@b.example>'],
    ['%(app)s %(app)s <a@b.example>', '%(app)s %(app)s <a@b.example>'],
    ['  "A.B"  <a@b.example>', '  "A.B"  <a@b.example>'],
    ['Größe 🔑 <a@b.example>', '=?UTF-8?B?R3LDtsOfZSDwn5SR?= <a@b.example>'],
    [
      '"Müller, GmbH"<a@b.example>',
      '=?UTF-8?B?TcO8bGxlciwgR21iSA==?= <a@b.example>',
    ],
    [
      '%(app)s für Äpfel <a@b.example>',
      '=?UTF-8?B?TWF0cml4IGbDvHIgw4RwZmVs?= <a@b.example>',
    ],
    [
      `${'ä'.repeat(30)} <a@b.example>`,
      '=?UTF-8?B?w6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6Q=?= ' +
        '=?UTF-8?B?w6TDpMOkw6TDpMOkw6TDpA==?= <a@b.example>',
    ],
  ],
  localpart: [
    ['admin', 'admin'],
    ['a-z0.9=_/+', 'a-z0.9=_/+'],
    ['0a', '0a'],
  ],
  text: [
    [' ', ' '],
    [' a\n"b" ', ' a\n"b" '],
  ],
  port: [
    ['1', 1],
    ['587', 587],
    ['65535', 65535],
  ],
  seconds: [
    ['1', 1],
    ['9', 9],
    ['120', 120],
    ['86400', 86400],
  ],
  hostName: [
    ['matrix.example.com', 'matrix.example.com'],
    ['Matrix.Example.COM', 'matrix.example.com'],
    ['localhost', 'localhost'],
    [`${'a.'.repeat(126)}b`, `${'a.'.repeat(126)}b`],
  ],
  networks: [
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8,192.0.2.1', ['10.0.0.0/8', '192.0.2.1']],
    [' ::/0 , 0.0.0.0/0 ', ['::/0', '0.0.0.0/0']],
    ['2001:DB8:0:0::/32,2001:db8::/32', ['2001:db8::/32']],
    ['10.0.0.1/32,::1/128', ['10.0.0.1/32', '::1/128']],
  ],
  contact: [
    ['@alice:example.com', '@alice:example.com'],
    ['@A"b:example.com:8448', '@A"b:example.com:8448'],
    ['a@b.example', 'a@b.example'],
  ],
  link: [
    ['https://a.example/?b=c#d', 'https://a.example/?b=c#d'],
    ['http://a.example', 'http://a.example'],
  ],
  acmeDirectory: [
    ['https://a.example/dir', 'https://a.example/dir'],
    ['staging', 'https://acme-staging-v02.api.letsencrypt.org/directory'],
    ['Staging', 'https://acme-staging-v02.api.letsencrypt.org/directory'],
  ],
  url: [
    ['https://a.example/', 'https://a.example/'],
    ['http://a.example:8008', 'http://a.example:8008'],
    ['https://[::1]:8448/x/', 'https://[::1]:8448/x/'],
    ['https://a.example/%20/@x', 'https://a.example/%20/@x'],
    ...["https://a.example/~a-b_c.d!$&'()*+,;=:@/", 'https://a-b.example'].map(
      (text): [string, string] => [text, text],
    ),
  ],
  size: [
    ['1', '1'],
    ['50M', '50M'],
    ['50m', '50M'],
    ['2g', '2048M'],
    ['999999999999', '999999999999'],
    ['10K', '10K'],
    ['1T', '1048576M'],
    ['999999999999T', '1048575999998951424M'],
  ],
  logLevel: [
    ['INFO', 'INFO'],
    ['debug', 'DEBUG'],
    ['Critical', 'CRITICAL'],
  ],
  file: [['/root/a b,c.pem', '/root/a b,c.pem']],
  files: [
    ['/root/peer.pem', ['/root/peer.pem']],
    ['/a', ['/a']],
    [' /a b.pem , /c;d ', ['/a b.pem', '/c;d']],
    ['/a,/b,/a', ['/a', '/b']],
  ],
  logTarget: [
    ['file', 'file'],
    ['STDOUT', 'stdout'],
  ],
  verification: [
    ['email', 'email'],
    ['TOKEN', 'token'],
    ['none', 'none'],
  ],
  ldapTls: [
    ['none', 'none'],
    ['StartTLS', 'starttls'],
    ['ldaps', 'ldaps'],
  ],
  mailTls: [
    ['auto', 'auto'],
    ['None', 'none'],
    ['STARTTLS', 'starttls'],
    ['implicit', 'implicit'],
  ],
}

const noTurn =
  'is not turn:HOST or turns:HOST with a port or ?transport=udp or ' +
  '?transport=tcp, in lower case'
const noTurnScheme = 'does not begin with turn: or turns:'

const refused: Cases<Exclude<KindName, 'boolean' | 'secret'>, string> = {
  serverName: [['a_b', underscore]],
  turnUris: [
    ['', noTurnScheme],
    ['turn.example.com', noTurnScheme],
    ['https://turn.example.com', noTurnScheme],
    [
      'stun:turn.example.com',
      'is for STUN: write turn:, because a TURN server answers STUN as well',
    ],
    [
      'turn://turn.example.com',
      'has // after turn:, which such a URI lacks: remove it',
    ],
    ['TURN:turn.example.com', noTurn],
    ['turn:a?transport=UDP', noTurn],
    ['turn:a?transport=sctp', noTurn],
    ['turn:a?transport=udp&x', noTurn],
    ['turn:u@a', 'contains "@", which host names cannot have'],
    [
      'turn:2001:db8::1',
      'has an IPv6 address without brackets: write "turn:[2001:db8::1]"',
    ],
    ['turn:', 'has no host'],
    ['turn::3478', 'has no host'],
    ['turn:[a]', 'has no IPv6 address in its brackets'],
    ['turn:a:0', 'has a port that is not 1-65535'],
    ['turn:[::1]:65536', 'has a port that is not 1-65535'],
    ['turn:a_b', underscore],
    ['turn:a,b', `contains "b", which ${noTurnScheme}`],
    ['turn:a,', `contains "", which ${noTurnScheme}`],
  ],
  websocketUrl: [
    ['rtc.example.com', 'does not begin with wss://'],
    ['ws://rtc.example.com', 'does not begin with wss://'],
    ['https://rtc.example.com', 'does not begin with wss://'],
    ['wss://', 'is not a URL'],
    ['wss:///a', 'is not a URL'],
    ['wss://a b', 'is not a URL'],
    ['wss://a?b', 'has a query or a fragment: remove it'],
    ['wss://u:p@a', 'contains a user name or a password'],
  ],
  serviceUrl: [
    ['wss://a', 'does not begin with https://'],
    ['http://a', 'does not begin with https://'],
    ['https://a#b', 'has a query or a fragment: remove it'],
    [
      'https://a/jwt/',
      'ends with a slash, after which clients write another one: remove it',
    ],
  ],
  addresses: [
    ['', notAddress],
    ['example.com', notAddress],
    ['10.0.0.256', notAddress],
    ['10.0.0.1/24', notAddress],
    ['[::1]', notAddress],
    ['fe80::1%em0', notAddress],
    ['10.0.0.1 10.0.0.2', notAddress],
    ['10.0.0.1,', 'contains "", which is not an IP address'],
    ['x,y', 'contains "x", which is not an IP address'],
    ['10.0.0.1,x', 'contains "x", which is not an IP address'],
    ['::1,fe80::1%lo0', 'contains "fe80::1%lo0", which is not an IP address'],
  ],
  ldapServers: [
    ['', 'is empty'],
    ['a,,b', 'is empty'],
    ['a,b c,d_e', space],
    ['ldap://a', 'has a scheme: write "a"'],
    ['LDAP://a:389/dc=b', 'has a scheme, a port and a path: write "a"'],
    ['ldap://', 'is empty'],
    ['ldaps://a', 'has a scheme: write "a" and LDAPTLS=ldaps'],
    ['a,ldaps://b', 'has a scheme: write "a,b" and LDAPTLS=ldaps'],
    ['a:389,b', 'has a port: write "a,b"'],
    ['a:636', 'has a port: write "a" and LDAPTLS=ldaps'],
    ['[::1]:389', 'has brackets and a port: write "::1"'],
    ['[::1]', 'has brackets: write "::1"'],
    [
      'fe80::1%lo0',
      "has a zone index, which Synapse's LDAP module does not support",
    ],
    ['a:b', 'contains ":", which host names cannot have'],
    ['a,b_c', underscore],
    ['bücher.example', notAscii],
    ['a.', 'ends with a dot: remove it'],
  ],
  dn: [
    ['', 'is empty'],
    ['ou=a,', 'has an empty part beside a comma or plus sign'],
    ['ou=a,,dc=b', 'has an empty part beside a comma or plus sign'],
    ['People', 'contains "People", which is not name=value'],
    ['ou=a,b', 'contains "b", which is not name=value'],
    ['ou=,dc=b', 'has no value for ou'],
    ['2.5.4.11=a', 'contains "2.5.4.11", which is not an attribute name'],
    ['=a', 'contains "", which is not an attribute name'],
    ['ou=#04', 'has a value that begins with "#": write "\\#"'],
    ...['a"b', 'a;b', '<a', 'a>', 'a\\', 'a\\x', 'a\\é'].map(
      (text): [string, string] => [
        `dc=b,ou=${text}`,
        `contains ${JSON.stringify(text)}: ${backslash}`,
      ],
    ),
    ['ou=a, dc=b', 'has spaces around its parts: write "ou=a,dc=b"'],
    [' ou = a ', 'has spaces around its parts: write "ou=a"'],
  ],
  ldapFilter: [
    ['', 'is empty'],
    ['a=b', 'has no parentheses around it: write "(a=b)"'],
    ['(a=b', 'has unbalanced parentheses'],
    ['(&(a=b)(c=d)', 'has unbalanced parentheses'],
    ['(a=b)(c=d)', 'is more than one filter: write "(&(a=b)(c=d))"'],
    ...[
      '(a)',
      '(a=**)',
      '(a= b)',
      '(a=b )',
      '(a=\\2)',
      '(a=\\xy)',
      '(=b)',
      '(a_b=c)',
      '(:dn:=b)',
      '(a>b)',
      '()',
    ].map((text): [string, string] => [
      `(&(c=d)${text})`,
      `contains ${JSON.stringify(text)}, ${condition}`,
    ]),
    ['(&)', noFilter],
    ['(!(a=b)(c=d))', noFilter],
    ['((a=b))', noFilter],
    [`${'(!'.repeat(99)}(a=b)${')'.repeat(99)}`, noFilter],
  ],
  ldapAttribute: [
    ['', 'is not an attribute name'],
    ['*', 'is not an attribute name'],
    ['a_b', 'is not an attribute name'],
    ['a b', 'is not an attribute name'],
    ['1a', 'is not an attribute name'],
    ['2.5.4.3', number],
  ],
  host: [
    ['', 'is empty'],
    ['a,b', 'contains ",", which host names cannot have'],
    [' a', space],
    ['smtp://a', hasScheme],
    ['a:25', hasPort],
    ['a_b', underscore],
  ],
  domainName: [
    ['', 'has an empty label'],
    ['a..b', 'has an empty label'],
    ['a,dc=b', 'contains ",", which host names cannot have'],
    ['dc=a', 'contains "=", which host names cannot have'],
    ['a b', space],
    ['10.0.0', 'is neither a host name nor an IPv4 address'],
    [`${label}a.b`, 'has a label of more than 63 characters'],
  ],
  email: [
    ['', noAt],
    ['admin', noAt],
    ['@example.com', notEmail],
    ['a@', notEmail],
    ['a@b_c', notEmail],
    ['a@b@c.example', notEmail],
    ['a b@example.com', notEmail],
    [' a@example.com', notEmail],
    ['a@bücher.example', notEmail],
    ['A <a@b.example>', notEmail],
    ['"a"@b.example', notEmail],
    ['a,b@c.example', notEmail],
    ['a\n@b.example', notEmail],
  ],
  mailbox: [
    ['', noAt],
    ['Matrix', noAt],
    ['Matrix <>', noAt],
    ['Matrix <a>', noAt],
    ['Matrix a@b.example', notEmail],
    ['Matrix <a@b.example', notEmail],
    ['Matrix <a@b.example> x', notEmail],
    ['<<a@b.example>>', notEmail],
    ['A. B <a@b.example>', quoted],
    ['A, B <a@b.example>', quoted],
    ['A "B" <a@b.example>', quoted],
    ['"A\\B" <a@b.example>', quoted],
    ['A (B) <a@b.example>', quoted],
    ['100% <a@b.example>', percent],
    ['%(app)s %s <a@b.example>', percent],
    ['%(app)d <a@b.example>', percent],
    ['A <a%b@b.example>', percent],
    ['%(app)s@b.example', percent],
    ['ä@b.example', noSender],
    ['Größe <ä@b.example>', noSender],
    ['A, ä <a@b.example>', quoted],
  ],
  file: [
    ['', notWhole],
    ['ca.pem', notWhole],
    ['/root/', 'is a directory, not a file'],
  ],
  files: [
    ['', notWhole],
    ['peer.pem', notWhole],
    ['./peer.pem', notWhole],
    ['-----BEGIN CERTIFICATE-----', notWhole],
    ['/', 'is a directory, not a file'],
    ['/root/', 'is a directory, not a file'],
    ['/a,b', `contains "b", which ${notWhole}`],
    ['/a,', `contains "", which ${notWhole}`],
    ['/a,/b/', 'contains "/b/", which is a directory, not a file'],
  ],
  localpart: [
    ['', 'is empty'],
    ['Admin', 'has upper-case letters: write "admin"'],
    ['_admin', 'begins with _, which Synapse does not allow'],
    ['@admin:a.example', 'begins with @: write only the name'],
  ],
  text: [['', 'is empty']],
  port: ['', '0', '65536', '58x7', '-1', ' 25', '025', '2.5', '1e3'].map(
    text => [text, noPort],
  ),
  seconds: ['', '0', '86401', '99999', '100000', '1.5', '-1', '1m', '012'].map(
    text => [text, seconds],
  ),
  hostName: [
    ['', 'is empty'],
    ['https://a.example', hasScheme],
    ['a.example:443', hasPort],
    ['a_b', underscore],
    ['10.0.0.1', 'is an address: write a host name'],
    ['::1', 'is an address: write a host name'],
    [`${'a.'.repeat(126)}bc`, 'is longer than 253 characters'],
  ],
  networks: [
    ['', noNetwork],
    ['a.example', noNetwork],
    ['10.0.0', noNetwork],
    ['/8', noNetwork],
    ['fe80::1%lo0/64', noNetwork],
    ['10.0.0.0/33', 'has a prefix that is not 0-32'],
    ['10.0.0.0/08', 'has a prefix that is not 0-32'],
    ['10.0.0.0/', 'has a prefix that is not 0-32'],
    ['::/129', 'has a prefix that is not 0-128'],
    [
      '::1,10.0.0.0/8/8',
      'contains "10.0.0.0/8/8", which has a prefix that is not 0-32',
    ],
    ['10.0.0.0/8,', `contains "", which ${noNetwork}`],
  ],
  contact: [
    ['', 'is not an e-mail address: it has no @'],
    ['alice', 'is not an e-mail address: it has no @'],
    ['@alice', 'is not a user id such as @alice:example.com'],
    ['@:a.example', 'is not a user id such as @alice:example.com'],
    ['@a b:a.example', 'is not a user id such as @alice:example.com'],
    ['@a:b_c', 'is not a user id such as @alice:example.com'],
  ],
  link: [
    ['a.example', noHttp],
    ['https://a b/', 'is not a URL'],
    ['https://a:b@a.example/', 'contains a user name or a password'],
  ],
  acmeDirectory: [
    ['', noHttp],
    ['production', noHttp],
    ['http://a.example/dir', 'does not begin with https://'],
    ['https://', 'is not a URL'],
  ],
  url: [
    ['', noHttp],
    ['a.example', noHttp],
    ['ftp://a.example/', noHttp],
    ['HTTPS://a.example/', noHttp],
    [' https://a.example/', noHttp],
    ['https://', 'is not a URL'],
    ['https://a b/', 'is not a URL'],
    ['https://a.example/ ', 'is not a URL'],
    ['https://a.example:99999/', 'is not a URL'],
    ['https://bücher.example/', 'is not a URL'],
    ...[
      'https:///a',
      'https:////a.example/',
      'https://:8448/',
      'https://?x',
      'https://a\\b',
      'https://a.example/a\\b',
      'https:///\\a',
      ...'"<>^`{|}[]%'.split('').map(each => `https://a.example/x${each}`),
      'https://a.example/%2',
      'https://a.example/%zz',
      'https://[::1/',
      'https://[::g]/',
      'https://a.example]/',
      'https://[::1]x/',
    ].map((text): [string, string] => [text, 'is not a URL']),
    ['https://a.example/?', query],
    ['https://a.example/?x=1', query],
    ['https://a.example/#x', query],
    ['https://u@a.example/', user],
    ['https://u:p@a.example/', user],
    ['https://:p@a.example/', user],
  ],
  size: [
    '',
    '0',
    '0M',
    '05M',
    '50MB',
    '50 M',
    '-1',
    '1.5M',
    'M',
    '50P',
    '9999999999999',
  ].map(text => [text, noSize]),
  logLevel: [
    ['', levels],
    ['WARN', levels],
    ['INFO ', levels],
  ],
  logTarget: ['', 'stderr', '/var/log/x'].map(text => [
    text,
    'is not one of file, stdout',
  ]),
  verification: [
    ['', ways],
    ['no', ways],
  ],
  ldapTls: [
    ['', ldapTls],
    ['yes', ldapTls],
    ['implicit', ldapTls],
  ],
  mailTls: [
    ['', mailTls],
    ['ssl', mailTls],
    ['yes', mailTls],
  ],
}

for (const [kind, cases] of Object.entries(accepted)) {
  t.test(`${kind} accepts`, async t => {
    for (const [text, value] of cases) {
      t.same(parse(kind as KindName, text), { value }, JSON.stringify(text))
    }
  })
}

for (const [kind, cases] of Object.entries(refused)) {
  t.test(`${kind} refuses`, async t => {
    for (const [text, fault] of cases) {
      t.same(parse(kind as KindName, text), { fault }, JSON.stringify(text))
    }
  })
}

/** A word in all its mixtures of upper and lower case. */
const cases = (word: string): string[] =>
  [...word].reduce<string[]>(
    (all, c) =>
      all.flatMap(begin =>
        [...new Set([c, c.toUpperCase()])].map(x => begin + x),
      ),
    [''],
  )

t.test('a boolean is a word, in any case', async t => {
  for (const [value, words] of [
    [true, ['true', 'yes', 'on', '1']],
    [false, ['false', 'no', 'off', '0']],
  ] as const) {
    for (const text of words.flatMap(cases)) {
      t.same(parse('boolean', text), { value }, text)
    }
  }
  const fault = 'is not yes or no (true/false, on/off, 1/0)'
  for (const text of [
    '',
    ' yes',
    'yes ',
    'y',
    'n',
    '2',
    '01',
    'ja',
    'null',
    'constructor',
    '__proto__',
    'toString',
  ]) {
    t.same(parse('boolean', text), { fault }, JSON.stringify(text))
  }
})

t.test('any text is a secret, unless it is empty', async t => {
  t.same(parse('secret', ''), { fault: 'is empty' })
  for (const text of [' ', 'a"b', '%', '🔑']) {
    const parsed = kinds.secret.parse(text)
    const value = 'value' in parsed ? parsed.value : undefined
    t.ok(value instanceof Secret, JSON.stringify(text))
    t.equal(value?.reveal(), text)
  }
})

t.test('every kind describes its values in a few words', async t => {
  for (const [name, { expects }] of Object.entries(kinds)) {
    t.match(expects, /^.{2,44}[^.]$/, name)
  }
})

// A regular expression that searches again from each position takes hours for a
// text of the maximum length, 64 KiB.
t.test('no text takes long to validate', async t => {
  const bodies = [
    ' ',
    '\\',
    'a=',
    '=',
    ', ',
    ',',
    'a=b, ',
    '(',
    '(&',
    '(a=',
    '<',
    '"',
    '.',
    'a.',
    '-',
    ':',
    '@',
    '/',
    '%',
    '\u2028',
    'ä',
  ]
  const around = [
    ['', ''],
    ['a=', 'x'],
    ['(a=', ')'],
    ['x <', '>'],
    ['"', '!'],
    ['', '( <a@b.example>'],
  ]
  const texts = bodies.flatMap(body =>
    around.map(
      ([start, end]) => start + body.repeat(60_000 / body.length) + end,
    ),
  )
  const slow = Object.entries(kinds).flatMap(([kind, { parse }]) =>
    texts.flatMap(text => {
      const took = effortOf(() => parse(text))
      return took < 2000 ? [] : [`${kind}: ${text.slice(0, 20)}: ${took} ms`]
    }),
  )
  t.same(slow, [])
})
