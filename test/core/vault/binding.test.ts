import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { silentLog } from '../../../core/platform/log.ts'
import { readSettings } from '../../../core/platform/settings.ts'
import { createShop } from '../../../core/shop.ts'
import { openOwnDatabase } from '../../stand/database.ts'

it('opens a database again with its own vault, and refuses another', async () => {
  const connection = await openOwnDatabase()
  const open = async (dataDir: string) =>
    createShop(readSettings({ KEYTILL_DATA: dataDir }), { log: silentLog, connection })
  const own = await mkdtemp(join(tmpdir(), 'keytill-vault-'))
  await (await open(own)).close()
  await (await open(own)).close()
  const another = await mkdtemp(join(tmpdir(), 'keytill-vault-'))
  await expect(open(another)).rejects.toMatchObject({ code: 'vault.key_wrong' })
})
