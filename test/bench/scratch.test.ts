import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import t from 'tap'
import { newFolder, removeFolder } from '../../bench/scratch.ts'

const module = new URL('../../bench/scratch.ts', import.meta.url).pathname

t.test('a new directory is empty and readable by everybody', async t => {
  const folder = newFolder()
  t.same(readdirSync(folder), [])
  t.equal(statSync(folder).mode & 0o777, 0o755)
  removeFolder(folder)
  t.notOk(existsSync(folder))
})

for (const [how, script] of [
  ['ends', ''],
  ['throws', 'throw new Error("on purpose")'],
  ['exits', 'process.exit(3)'],
] as const) {
  t.test(`directories are removed if the process ${how}`, async t => {
    const { stdout } = spawnSync(
      process.execPath,
      [
        ...['--input-type=module', '-e'],
        `import { newFolder } from ${JSON.stringify(module)}
        import { writeFileSync } from 'node:fs'
        const folder = newFolder()
        writeFileSync(folder + '/file', '')
        process.stdout.write(folder)
        ${script}`,
      ],
      { encoding: 'utf8' },
    )
    t.match(stdout, /cook-bench-/)
    t.notOk(existsSync(stdout))
  })
}
