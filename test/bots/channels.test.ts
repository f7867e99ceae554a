import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openChannels } from '../../bots/channels.ts'
import { type Log, silentLog } from '../../core/platform/log.ts'
import { readSettings } from '../../core/platform/settings.ts'
import { atEnd } from '../stand/closing.ts'
import { openOwnDatabase } from '../stand/database.ts'
import { freePort } from '../stand/redis.ts'
import { urlOf } from '../stand/server.ts'

describe('a process without the web chat', () => {
  let common: Readonly<Record<string, string>>
  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'keytill-channels-'))
    atEnd(() => rm(dataDir, { recursive: true, force: true }))
    common = { KEYTILL_DATA: dataDir, DATABASE_URL: urlOf(await openOwnDatabase()), KEYTILL_ROLES: 'worker' }
  })

  async function open(port: number) {
    const warnings: string[] = []
    const log: Log = { ...silentLog, warn: (_fields: object, message: string) => void warnings.push(message) }
    const program = await openChannels(readSettings({ ...common, HTTP_PORT: `${port}` }), log, () => {})
    atEnd(program.close)
    return { program, warnings }
  }

  it('tells how it is and what it counts, and serves no page', async () => {
    const port = await freePort()
    const { program, warnings } = await open(port)
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
    expect([await status('/health'), await status('/metrics'), await status('/')]).toEqual([200, 200, 404])
    expect([program.web, warnings]).toEqual([undefined, []])
  })

  it('works where its port is taken, and says so', async () => {
    const other = createServer((_request, answer) => answer.end('other'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    atEnd(async () => void other.close())
    const { port } = other.address() as AddressInfo
    const { program, warnings } = await open(port)
    expect(warnings).toEqual(['health and metrics of this process are not served: give it an HTTP_PORT of its own'])
    expect(await program.shop.health()).toMatchObject({ ok: true })
    expect(await (await fetch(`http://127.0.0.1:${port}/health`)).text()).toBe('other')
  })
})
