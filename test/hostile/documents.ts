// Local overrides as administrators write them: most are valid, others have
// what one YAML parser accepts and another does not.

import fc, { type Arbitrary } from 'fast-check'

const some = (...all: string[]): Arbitrary<string> => fc.constantFrom(...all)

/** One of these, sometimes one of those. */
const mostly = (
  often: Arbitrary<string>,
  seldom: Arbitrary<string>,
  weight = 12,
): Arbitrary<string> =>
  fc.oneof({ weight, arbitrary: often }, { weight: 1, arbitrary: seldom })

const long = 'x'.repeat(1010)

const key = mostly(
  some(
    'a',
    'b',
    'c',
    'd',
    'email',
    'listeners',
    'server_name',
    'a b',
    'h:i',
    'h#i',
    '1',
    'yes',
    'null',
    'é',
    '🔑',
    '"a"',
    "'b'",
    '"g h"',
    "'it''s'",
    '"a: b"',
    '"#"',
    '"\\x61"',
    '"p\\"q"',
    "'r''s'",
    '-x',
    '.x',
    '012',
    '1.5',
    '2001-01-01',
    'l"m',
    "n'o",
    '=',
  ),
  some(
    '? a',
    '<<',
    '"<<"',
    '[a]',
    '{a: b}',
    '!!str a',
    '!t a',
    '&x a',
    '*x',
    '',
    '"a\n b"',
    'a\n b',
    '|',
    '?x',
    ':x',
    'a,b',
    'a[b',
    '%a',
    '@a',
    '`a',
    '&x',
    '...',
    '---',
    '"\\"',
    "'''",
    '2001-02-31',
    'a\u2028b',
    'a\u0085',
    '\ufeffa',
    long,
    `"${long}"`,
    '!!binary YQ==',
  ),
)

const plain = mostly(
  some(
    'x',
    'two words',
    'x # c',
    '# c',
    '',
    '1',
    'yes',
    '~',
    '012',
    '1:30',
    '1_000',
    '.5',
    '1e3',
    '0x1F',
    '2001-01-01',
    '2001-01-01 1:2:3',
    'a:b',
    'http://x/#y',
    '-x',
    'x#c',
    'x"y',
    "x'y",
    'x\n    y',
    'x\n\n    y # c',
    'x,y',
    '&x 1',
    '&y x',
    '*x',
    '*y',
    '!!str 1',
    '!!int "7"',
    '!!binary aGk=',
  ),
  some(
    '::1',
    'x?y',
    '?x',
    'x]',
    '{',
    '-',
    '- x',
    '? x',
    'a: b',
    'x #c\n y',
    '=',
    '<<',
    '%x',
    '@x',
    '`x`',
    '|',
    '>',
    '"',
    "'",
    '!t x',
    '! x',
    '!',
    '!!int x',
    '!!float 1',
    '!!set {x}',
    '!!omap [a: 1]',
    '!!str',
    '!<x> y',
    'x\ty',
    '\tx',
    'x\t',
    '\u2028',
    'x\u2028y',
    'x\u0085y',
    '\ufeff',
    'x\u00a0y',
    '2001-02-29',
    '2001-1-1 24:00:00',
    '0b_',
    'x\ny',
    'x\n\ty',
    '&&x',
    '*&',
  ),
)

const quoted = mostly(
  some(
    '""',
    "''",
    '"x"',
    "'x'",
    '"x\\""',
    "'x'''",
    '"\\\\"',
    '"\\\\\\""',
    '"x\n    y"',
    "'x\n    y'",
    '"x\n\n      y"',
    '"x\\\n    y"',
    '"- a"',
    '"\\u00e9\\x41"',
    '"x" # c',
    '"a: b"',
    '"#x"',
    '"# x\n    # y"',
    '"{"',
    "'#y'",
    '"x\t y"',
    '"\\N\\/\\e"',
  ),
  some(
    '"x\\"',
    "'x''",
    '"\\\\\\"',
    '"x\ny"',
    "'x\n...\n'",
    '"---\n---"',
    '"x"y',
    '"x" y',
    '"x"#c',
    '"\\q"',
    '"\\x4"',
    '"\\U00110000"',
    '"x',
    "'x",
    '"\\\t"',
    '"x\u2028  y"',
    '"\u0085"',
    '"\ufeff"',
    '"x\r y"',
    '"\x07"',
    '"\x7f"',
    '"\ufffe"',
    '"x\n\ty"',
    '"\\ud800"',
  ),
)

const block = fc
  .tuple(
    mostly(
      some('|', '>', '|-', '>+', '|+', '|2', '>2-', '| # c'),
      some('|1', '|9', '|0', '|x', '|\t', '|# c', '!!str |', '&x |', '|+2'),
    ),
    some(
      'x',
      'x\n      y',
      'x\n\n    y\n\n',
      '# c',
      '- x',
      'a: 1',
      '"',
      'x\n    y\n',
      'x\n#c\n',
      'x\n  ',
      '  x\n    y',
      'x\n   \n    y',
      '\tx',
      '---',
    ),
  )
  .map(([header, body]) => `${header}\n    ${body}`)

const pairs = (
  value: Arbitrary<string>,
  colon: Arbitrary<string>,
): Arbitrary<string[]> =>
  fc.array(
    fc.tuple(key, colon, value).map(parts => parts.join('')),
    { maxLength: 4 },
  )

const colon = mostly(some(': '), some(':', ' : ', ':\t', ':\n    ', '\n: '), 20)

const { value } = fc.letrec<Record<'value' | 'flow' | 'nested', string>>(
  tie => {
    const leaf = fc.oneof({ maxDepth: 2 }, plain, quoted, tie('flow'))
    return {
      flow: fc.oneof(
        fc
          .tuple(
            fc.array(leaf, { maxLength: 3 }),
            some(', ', ',', ',\n    ', ' ,\n  # c\n    ', ',\n'),
          )
          .map(([all, comma]) => `[${all.join(comma)}]`),
        fc
          .tuple(pairs(leaf, colon), some(', ', ',\n    ', ', # c\n    '))
          .map(([all, comma]) => `{${all.join(comma)}}`),
      ),
      nested: fc
        .tuple(
          some('\n    ', '\n    ', '\n', ' # c\n    ', ' &z\n    ', '\n  \t'),
          fc.oneof(
            pairs(leaf, colon),
            fc
              .array(fc.tuple(some('- ', '-   ', '- - ', '- a: '), leaf), {
                maxLength: 3,
              })
              .map(all => all.map(parts => parts.join(''))),
          ),
        )
        .map(([start, all]) => start + all.join(start.replace(/.*\n/, '\n'))),
      value: fc.oneof(plain, quoted, block, tie('flow'), tie('nested')),
    }
  },
)

const blockDocument = fc
  .tuple(
    pairs(value, colon),
    mostly(some('\n'), some('\n\n', '\n# c\n', '\n ', '\n\t\n', '\r')),
  )
  .map(([all, between]) => all.join(between))

const flowDocument = fc
  .tuple(
    pairs(fc.oneof(plain, quoted), colon),
    some(', ', ',\n  ', ', # c\n', ' ,\n\n'),
    mostly(some('{ }', '{\n \n}', '# c\n{ } # c'), some('  { }', '{ }x', '{ ')),
  )
  .map(([all, comma, braces]) => braces.replace(' ', () => all.join(comma)))

const indented = (text: string): string => text.replaceAll(/^(?!$)/gm, '  ')

const layouts: readonly ((text: string) => string)[] = [
  text => text,
  text => `${text}\n`,
  text => `${text}\n`,
  text => `${text}\n`,
  text => `${text.replaceAll('\n', '\r\n')}\r\n`,
  text => `\ufeff${text}\n`,
  text => `---\n${text}\n...\n`,
  text => `--- # c\n${text}`,
  text => `${text}\n... # c\n# d`,
  text => `%YAML 1.1\n---\n${text}`,
  text => `${indented(text)}\n`,
  text => `# c\n\n${text}\n# d\n`,
  text => ` # c\n${text}\n # d`,
  text => `${text}\n `,
  text => `${text}   \n`,
  text => `\n\n${text}\n\n\n`,
  text => `${text}\n...\n...\n`,
  text => `---\n${indented(text)}\n`,
  text => `${text}\n---\n`,
]

const oddLayouts: readonly ((text: string) => string)[] = [
  text => `${text}\n....\n`,
  text => `${text}\n...x\n`,
  text => `...\n${text}`,
  text => `${text}\n---\nx: 1`,
  text => `--- ${text}`,
  text => `!!map\n${text}`,
  text => `&x\n${text}`,
  text => `--- !!map\n${text}`,
  text => `%FOO\n${text}`,
  text => `%TAG !e! tag:x,1:\n---\n${text}`,
  text => `%YAML 1.1\n${text}`,
  text => text.replaceAll('\n', '\r'),
  text => text.replaceAll('  ', '\t'),
  text => `# c\n\ufeff${text}`,
  text => `${text}\n\t`,
  text => `\t\n${text}`,
  text => `${text}\n...\nx: 1`,
  text => text.replaceAll('\n', '\u2028'),
]

const layout = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...layouts) },
  { weight: 1, arbitrary: fc.constantFrom(...oddLayouts) },
)

const slip = some(
  '"',
  "'",
  '\\',
  '\n',
  '\n  ',
  '\t',
  ' ',
  '#',
  ' #',
  ':',
  ': ',
  '-',
  '- ',
  '?',
  '? ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '&x ',
  '*x',
  '!',
  '|',
  '>',
  '%',
  '@',
  '---\n',
  '...\n',
  '<<: ',
  '\\"',
  "''",
  '\n---\n',
  '\n...\n',
  '\n# ',
  '"#',
  '!!str ',
  '\r',
  '\u2028',
  '\u0085',
  '\ufeff',
  '\0',
  '\x7f',
)

// A character inserted or missing somewhere.
const slips = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(fc.tuple(fc.nat(9999), fc.nat(2), slip), {
      minLength: 1,
      maxLength: 2,
    }),
  },
)

/** The text of a file of homeserver.d. */
export const document: Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: blockDocument },
      { weight: 1, arbitrary: flowDocument },
    ),
    layout,
    slips,
  )
  .map(([text, laidOut, all]) =>
    all.reduce((before, [number, less, more]) => {
      const at = number % (before.length + 1)
      return before.slice(0, at) + more + before.slice(at + less)
    }, laidOut(text)),
  )
  .filter(text => text.isWellFormed())
