/**
 * `npm run roles -- --app <role> [--apply]`: what the role that runs the shop may do, as GRANTs, when another role owns the
 * tables (MIGRATE_DATABASE_URL). With `--apply` it makes the tables that are not there yet and runs the GRANTs.
 */
import { parseArgs } from 'node:util'
import pg from 'pg'
import { prepareDatabase } from '../core/platform/database/database.ts'
import { reachDatabase } from '../core/platform/database/reach.ts'
import { grantRole, grantsFor } from '../core/platform/database/roles.ts'
import { readSettings } from '../core/platform/settings.ts'
import { command } from './command.ts'

const USAGE = `usage: npm run roles -- --app <role> [--apply]

  as the owner of the tables: MIGRATE_DATABASE_URL, or DATABASE_URL
  --apply  run the statements, not only show them`

await command('roles', async () => {
  const { values } = parseArgs({
    options: { app: { type: 'string' }, apply: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help || !values.app) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const database = await reachDatabase(readSettings(process.env), 'owner')
  const client = new pg.Client({ ...database.connection, application_name: 'keytill roles' })
  try {
    if (values.apply) await prepareDatabase(database.connection)
    await client.connect()
    const statements = values.apply ? await grantRole(client, values.app) : await grantsFor(client, values.app)
    console.log(`${statements.join(';\n')};`)
    if (values.apply) console.log(`-- done: ${values.app} can run the shop`)
    return 0
  } finally {
    await client.end()
    await database.close()
  }
})
