import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { BotApi } from '../../../bots/telegram/api.ts'
import { fileLoader } from '../../../bots/telegram/files.ts'
import { TOKEN } from '../../fakes/telegram/testing.ts'
import { withApi } from './stand.ts'

async function withFiles() {
  const all = await withApi()
  return { ...all, load: fileLoader({ api: all.api, token: TOKEN, apiRoot: all.fake.url }) }
}

describe('a file that was sent to the bot', () => {
  it('is fetched', async () => {
    const { fake, alice, load } = await withFiles()
    await alice.sendFile({ name: 'keys.txt', bytes: Buffer.from('密码') })
    const { document } = fake.unconfirmed().at(-1)?.message ?? {}
    expect((await load(document?.file_id ?? '', document?.file_size, 6)).toString()).toBe('密码')
  })

  it('is not fetched when it is too large, by what is said of it or by what it turns out to be', async () => {
    const { fake, alice, load } = await withFiles()
    const tooLarge = { code: 'chat.file_too_large' }
    await alice.sendFile({ name: 'keys.txt', bytes: Buffer.from('123456') })
    const id = fake.unconfirmed().at(-1)?.message?.document?.file_id ?? ''
    await expect(load(id, 6, 5)).rejects.toMatchObject(tooLarge)
    expect(fake.calls('getFile')).toEqual([])
    await expect(load(id, undefined, 5)).rejects.toMatchObject(tooLarge)
    await alice.sendFile({ name: 'lie.txt', bytes: Buffer.alloc(300_000), size: 3 })
    const lie = fake.unconfirmed().at(-1)?.message?.document?.file_id ?? ''
    await expect(load(lie, 3, 1000)).rejects.toMatchObject(tooLarge)
    await alice.sendFile({ name: 'big.txt', bytes: Buffer.alloc(1), size: 21 * 1024 * 1024 })
    const big = fake.unconfirmed().at(-1)?.message?.document?.file_id ?? ''
    await expect(load(big, undefined, 1e9)).rejects.toMatchObject(tooLarge)
  })

  it('may be missing, which is said without the token', async () => {
    const { fake, load } = await withFiles()
    await expect(load('nope', undefined, 9)).rejects.toMatchObject({ code: 'telegram.refused' })
    await fake.close()
    const api = { call: async () => ({ file_path: 'x' }) } as unknown as BotApi
    const gone = fileLoader({ api, token: TOKEN, apiRoot: fake.url })
    const error: unknown = await gone('x', undefined, 9).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'telegram.no_file' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('test-token')
  })

  it('is read from this machine only when the Bot API server is our own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keytill-files-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'keys.txt')
    await writeFile(path, 'local')
    const api = { call: async () => ({ file_path: path }) } as unknown as BotApi
    const own = fileLoader({ api, token: TOKEN, apiRoot: 'http://127.0.0.1:9' })
    expect((await own('x', undefined, 5)).toString()).toBe('local')
    await expect(own('x', undefined, 4)).rejects.toMatchObject({ code: 'chat.file_too_large' })
  })
})
