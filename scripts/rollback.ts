/**
 * `npm run rollback -- [<migration>] [--lose-data]`: takes the newest change of the schema back, so that the version before
 * can be started again. Without a name it says which one that is and what would be lost, and changes nothing.
 */
import { parseArgs } from 'node:util'
import pg from 'pg'
import { reachDatabase } from '../core/platform/database/reach.ts'
import { newestMigration, rollBack } from '../core/platform/database/rollback.ts'
import { readSettings } from '../core/platform/settings.ts'
import { command } from './command.ts'

const USAGE = `usage: npm run rollback -- [<migration>] [--lose-data]

  without a migration: say which is the newest, and what would be lost`

await command('rollback', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'lose-data': { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const [name, ...more] = positionals
  if (values.help || more.length > 0) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const database = await reachDatabase(readSettings(process.env), 'owner')
  const client = new pg.Client({ ...database.connection, application_name: 'keytill rollback' })
  try {
    await client.connect()
    if (name !== undefined) {
      await rollBack(client, name, values['lose-data'] === true)
      console.log(`${name} is taken back. Start the version before it now: this one would apply it again.`)
      return 0
    }
    const newest = await newestMigration(client)
    console.log(`${newest.name}: ${newest.why}`)
    console.log(newest.loses ? `Taking it back would lose ${newest.loses}` : 'Taking it back loses nothing.')
    console.log(`  npm run rollback -- ${newest.name}${newest.loses ? ' --lose-data' : ''}`)
    return 0
  } finally {
    await client.end()
    await database.close()
  }
})
