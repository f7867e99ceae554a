import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { openDatabase } from '../../../core/platform/database/database.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { nextStep } from '../../../core/rotation/policy.ts'
import { missingVersions } from '../../../core/rotation/service.ts'
import { BLOBS } from '../../../core/rotation/store.ts'
import { openBlob } from '../../../core/vault/blob.ts'
import { addKeyVersion, retireKeyVersions } from '../../../core/vault/key-rotation.ts'
import { openKeyring } from '../../../core/vault/keyring.ts'
import { atEnd } from '../../stand/closing.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { appCode, staffOf } from '../../stand/staff.ts'
import { expectSound } from '../sale/invariants.ts'

/** A process looks every five seconds. */
const SOON = { timeout: 15_000 }

const now = (stand: Stand) => () => stand.clock().getTime()
const stateOf = (stand: Stand) => stand.shop.rotation.state()
const stepOf = async (stand: Stand) => nextStep(await stateOf(stand), stand.clock())
const db = (stand: Stand) => {
  const opened = openDatabase(stand.connection, silentLog)
  atEnd(() => opened.close())
  return opened
}
const activate = (stand: Stand, version = 2) =>
  db(stand).transaction((sql) => stand.shop.rotation.activate(sql, 'operator', version))
/** The next version in the key file of a shop, known to the database. */
async function add(stand: Stand): Promise<void> {
  await stand.shop.rotation.note(addKeyVersion(stand, now(stand)).versions)
}
/** Another folder with the key as it is now. */
function copyOf({ dataDir }: Stand): string {
  const folder = mkdtempSync(join(tmpdir(), 'keytill-rotation-'))
  atEnd(async () => rmSync(folder, { recursive: true, force: true }))
  copyFileSync(join(dataDir, 'vault.key'), join(folder, 'vault.key'))
  return folder
}
/** The process is not seen any more, as after a machine lost its network. */
const lose = (stand: Stand) => stand.rows(`UPDATE vault_process SET seen_at = seen_at - interval '1 minute'`)
const audited = async (stand: Stand) =>
  (
    await stand.rows<{ action: string; version: number }>(
      `SELECT action, (data ->> 'version')::int AS version FROM audit_entry WHERE subject = 'shop:vault' ORDER BY id`,
    )
  ).map(({ action, version }) => `${action} ${version}`)
const sealedTo = async (stand: Stand): Promise<number[]> =>
  (await stand.rows<{ key_version: number }>('SELECT DISTINCT key_version FROM batch ORDER BY 1')).map(
    (row) => row.key_version,
  )

/** Something sealed in every table that holds such, and a check that all of it still opens. */
async function fill(stand: Stand): Promise<(later: Stand) => Promise<void>> {
  const boss = await staffOf(stand, 'owner')
  const buyer = await stand.meet()
  const product = await stand.product(3)
  const order = await stand.bought(buyer, product.sku)
  await stand.shop.delivery.reveal(order, buyer, 'test')
  await stand.shop.feedback.rate(buyer, order, 5)
  await stand.shop.feedback.say(buyer, order, 'good')
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  const said = { channel: 'test', chat: buyer.chat, event: 'e1', picture: png }
  const ticket = await stand.shop.support.ask(buyer, said, 'help', 'support')
  const draft = await stand.shop.inventory.startDraft(boss, product, 'paste')
  await stand.shop.inventory.addToDraft(boss, draft, 'e2', Buffer.from('NEW-1\nNEW-2'))
  const { secret } = await stand.shop.secondFactors.begin(boss, 'shop')
  const heard = await stand.shop.chats.accept('test', [{ externalId: 'x', chat: 'c', payload: { hello: 'there' } }])
  expect(heard.fresh).toHaveLength(1)
  await stand.shop.deferred.add('test', 'c', { the: 'rest' })
  return async (later) => {
    expect((await later.shop.delivery.reveal(order, buyer, 'test')).map(({ key }) => key.code)).toEqual([
      product.codes[0],
    ])
    expect((await later.shop.feedback.of(order))?.words).toBe('good')
    const found = await later.shop.support.ticket(ticket)
    expect(found?.messages.map(({ text }) => text)).toEqual(['help'])
    expect((await later.shop.support.picture(ticket, found?.messages[0]?.id ?? 0n))?.bytes).toEqual(png)
    const target = async () => product
    expect(await later.shop.inventory.previewDraft(boss, draft, target)).toMatchObject({ added: 2 })
    const [event] = await later.rows<{ payload: Buffer }>(`SELECT payload FROM chat_event WHERE external_id = 'x'`)
    const keyring = openKeyring({ dataDir: later.dataDir, createIfMissing: false }).keyring
    expect(String(openBlob(keyring, 'chat event', event?.payload ?? Buffer.alloc(0)))).toBe('{"hello":"there"}')
    expect(await later.shop.deferred.oldest('test', 'c', 1)).toMatchObject([{ content: { the: 'rest' } }])
    const code = appCode(secret, later.clock())
    const [factor] = await later.rows<{ confirmed_at: Date | null }>('SELECT confirmed_at FROM second_factor')
    if (factor?.confirmed_at === null) expect(await later.shop.secondFactors.confirm(boss, code)).toHaveLength(8)
    else {
      later.clock.advance(minutes(1))
      await later.shop.secondFactors.check(boss, appCode(secret, later.clock()))
    }
  }
}

describe('the list of what is sealed', () => {
  it('names every column that holds something sealed to the vault', async () => {
    const stand = await openShop()
    const columns = await stand.rows<{ column: string }>(
      `SELECT table_name || '.' || column_name AS column FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name ~ 'sealed|payload' ORDER BY 1`,
    )
    const known = [
      ...BLOBS.map(({ table, column }) => `${table}.${column}`),
      'access_token.sealed',
      'batch.sealed_data_key',
      'broadcast.sealed',
    ]
    expect(columns.map(({ column }) => column)).toEqual(known.sort())
  })
})

describe('a change of the vault key', () => {
  it('goes from one version to the next, and everything still opens', async () => {
    const first = await openShop()
    const check = await fill(first)
    expect(await stepOf(first)).toEqual({ kind: 'add' })
    await add(first)
    // The process that made it is not asked: it has an older file in its memory than the next one that is started.
    const second = await openShop({ beside: first })
    expect(await stepOf(second)).toMatchObject({ kind: 'restart', of: 1 })
    await expect(activate(second)).rejects.toMatchObject({ code: 'vault.not_everywhere' })
    await first.close()
    expect(await stepOf(second)).toEqual({ kind: 'activate' })
    await second.product(1)
    expect(await sealedTo(second)).toEqual([1])
    await activate(second)
    await activate(second)

    const third = await openShop({ beside: second })
    await third.product(1)
    expect(await sealedTo(third)).toEqual([1, 2])
    await expect.poll(async () => (await stateOf(third)).processes.map(({ uses }) => uses), SOON).toEqual([2])
    expect(await stepOf(third)).toEqual({ kind: 'rewrap' })
    expect((await stateOf(third)).left.map(({ what }) => what).sort()).toEqual(
      ['batches', ...BLOBS.map(({ what }) => what)].sort(),
    )
    await expect(third.shop.rotation.retire(() => {})).rejects.toMatchObject({ code: 'vault.still_needed' })
    expect(await third.shop.rotation.rewrap()).toEqual({ done: 9, failed: 0 })
    expect((await stateOf(third)).left).toEqual([])
    await check(third)

    expect(await stepOf(third)).toEqual({ kind: 'wait', slow: [] })
    third.clock.advance(minutes(1))
    expect(await stepOf(third)).toEqual({ kind: 'retire' })
    expect(await third.shop.rotation.retire((active) => retireKeyVersions(third, active))).toEqual([1])
    await second.close()
    await third.close()
    const last = await openShop({ beside: third })
    const { keyring } = openKeyring({ dataDir: last.dataDir, createIfMissing: false })
    expect(() => keyring.privateKey(1)).toThrow(expect.objectContaining({ code: 'vault.key_version_unknown' }))
    await check(last)
    await last.bought(await last.meet(), (await last.product(2)).sku)
    await expectSound(last)
    expect(await stepOf(last)).toEqual({ kind: 'add' })
    expect(await last.shop.health()).toEqual({ ok: true, checks: { database: 'ok' } })
    expect(await audited(last)).toEqual([
      'vault.version_added 2',
      'vault.activated 2',
      'vault.rewrapped 2',
      'vault.retired 1',
    ])
  })

  it('goes on where it was killed: while sealing anew, and between the file and the database', async () => {
    const first = await openShop()
    const check = await fill(first)
    for (const _ of [1, 2, 3]) await first.product(1)
    // The file was written, and the program ended before the database heard of it.
    addKeyVersion(first, now(first))
    await first.close()
    const second = await openShop({ beside: first })
    await second.shop.rotation.note(
      (await stateOf(second)).next ? openKeyring({ ...second, createIfMissing: false }).keyring.versions : [],
    )
    await activate(second)
    await expect(
      second.shop.rotation.rewrap((done) => {
        if (done >= 4) throw new Error('killed')
      }),
    ).rejects.toThrow('killed')
    const left = (await stateOf(second)).left.map(({ what }) => what)
    expect(left).not.toContain('batches')
    expect(left).toContain('chat messages')
    await check(second)
    await second.shop.rotation.rewrap()
    expect((await stateOf(second)).left).toEqual([])
    second.clock.advance(minutes(1))
    await expect(
      second.shop.rotation.retire((active) => {
        retireKeyVersions(second, active)
        throw new Error('killed')
      }),
    ).rejects.toThrow('killed')
    await second.close()
    const third = await openShop({ beside: second })
    expect(await stateOf(third)).toMatchObject({ active: 2, held: [2], old: [1] })
    expect(await third.shop.rotation.retire((active) => retireKeyVersions(third, active))).toEqual([1])
    expect((await audited(third)).filter((line) => line.startsWith('vault.retired'))).toEqual(['vault.retired 1'])
    await check(third)
  })

  it('disturbs nobody who imports, buys and looks at keys meanwhile', async () => {
    const first = await openShop()
    const goods = await Promise.all(Array.from({ length: 12 }, () => first.product(6)))
    await add(first)
    await first.close()
    const shop = await openShop({ beside: first })
    await activate(shop)
    const buyers: Buyer[] = await Promise.all(goods.map(() => shop.meet()))
    const other = await openShop({ beside: shop })
    const seen = await Promise.all([
      ...goods.map(async (product, index) => {
        const buyer = buyers[index] as Buyer
        const at = index % 2 ? shop : other
        const order = await at.bought(buyer, product.sku, 2)
        await at.stock(product, [`${product.sku}-MORE`])
        return (await at.shop.delivery.reveal(order, buyer, 'test')).map(({ key }) => key.code)
      }),
      shop.shop.rotation.rewrap().then(() => []),
      other.shop.rotation.rewrap().then(() => []),
    ])
    expect(seen.slice(0, goods.length)).toEqual(goods.map(({ codes }) => codes.slice(0, 2)))
    await shop.shop.rotation.rewrap()
    expect(await sealedTo(shop)).toEqual([2])
    await expectSound(shop)
  })
})

describe('a process with another key', () => {
  it('does not start when it lacks the version in use, and says what to do', async () => {
    const first = await openShop()
    const behind = copyOf(first)
    await add(first)
    await first.close()
    const second = await openShop({ beside: first })
    await activate(second)
    await expect(openShop({ beside: { ...second, dataDir: behind } })).rejects.toMatchObject({
      code: 'vault.version_missing',
      message: expect.stringMatching(/lacks version 2.*vault\.key/),
    })
  })

  it('that was not seen at the switch sells on what it can open, and says loudly what is wrong', async () => {
    const first = await openShop()
    const product = await first.product(4)
    await add(first)
    const second = await openShop({ beside: first })
    await lose(first)
    await activate(second)
    await expect.poll(async () => (await stateOf(first)).processes.map(({ uses }) => uses), SOON).toEqual([2])
    const later = await second.product(1)
    await expect
      .poll(async () => (await first.shop.health()).checks.vault, SOON)
      .toMatch(/lacks version 2.*start this process again/)
    expect((await first.shop.health()).ok).toBe(false)
    const buyer = await first.meet()
    const order = await first.bought(buyer, product.sku)
    expect(await first.shop.delivery.reveal(order, buyer, 'test')).toHaveLength(1)
    await first.product(1)
    expect(await sealedTo(first)).toEqual([1, 2])
    const shut = await first.bought(buyer, later.sku)
    await expect(first.shop.delivery.reveal(shut, buyer, 'test')).rejects.toMatchObject({
      code: 'vault.key_version_unknown',
    })
    expect(await second.shop.delivery.reveal(shut, buyer, 'test')).toHaveLength(1)
  })

  it('and another version of the same number is refused', async () => {
    const first = await openShop()
    const other = copyOf(first)
    await add(first)
    const second = await openShop({ beside: first })
    const foreign = addKeyVersion({ dataDir: other }, now(first)).versions
    await expect(second.shop.rotation.note(foreign)).rejects.toMatchObject({ code: 'vault.version_other' })
    await lose(first)
    await activate(second)
    await expect(openShop({ beside: { ...second, dataDir: other } })).rejects.toMatchObject({
      code: 'vault.version_missing',
      message: expect.stringContaining('holds another version 2'),
    })
  })

  it('that gave up a version which keys still need starts, and says which', async () => {
    const first = await openShop()
    const product = await first.product(1)
    const before = copyOf(first)
    await add(first)
    await first.close()
    const second = await openShop({ beside: first })
    await activate(second)
    const tooEarly = copyOf(second)
    retireKeyVersions({ dataDir: tooEarly }, 2)
    const restored = await openShop({ beside: { ...second, dataDir: tooEarly } })
    expect((await restored.shop.health()).checks.vault).toMatch(/sealed to version 1/)
    const order = await restored.bought(await restored.meet(), product.sku)
    expect(order.state).toBe('delivered')
    const asked = (dataDir: string) =>
      missingVersions(db(second), openKeyring({ dataDir, createIfMissing: false }).keyring)
    expect(await asked(tooEarly)).toMatch(/sealed to version 1/)
    expect(await asked(before)).toMatch(/lacks version 2/)
    expect(await asked(second.dataDir)).toBeUndefined()
  })
})

describe('a second person', () => {
  it('is asked for when the shop says so, and any owner can be it', async () => {
    const first = await openShop()
    const boss = await staffOf(first, 'owner')
    const manager = await staffOf(first, 'manager')
    await first.shop.approvals.submit(boss, 'security', { change: { rotation: true } }, 'on')
    await add(first)
    await first.close()
    const shop = await openShop({ beside: first })
    const { approvals } = shop.shop
    const asked = await approvals.submit({ pseudonym: 'operator' }, 'rotation', { version: 2 }, 'ask')
    const id = 'waiting' in asked ? asked.waiting : 0
    expect(await approvals.waitingFor('rotation')).toMatchObject({ id, requestedBy: 'operator' })
    expect(await approvals.waitingFor('refund')).toBeUndefined()
    await expect(approvals.grant({ pseudonym: 'operator' }, id)).rejects.toMatchObject({ code: 'approval.yourself' })
    await expect(approvals.grant(manager, id)).rejects.toMatchObject({ code: 'approval.not_allowed' })
    expect((await stateOf(shop)).active).toBe(1)
    await approvals.grant(boss, id)
    expect((await stateOf(shop)).active).toBe(2)
    const security = await approvals.submit(boss, 'security', { change: { rotation: false } }, 'off')
    expect(security).toMatchObject({ waiting: expect.any(Number) })
  })

  it('cannot agree as long as a process lacks it', async () => {
    const first = await openShop()
    const boss = await staffOf(first, 'owner')
    await first.shop.approvals.submit(boss, 'security', { change: { rotation: true } }, 'on')
    await add(first)
    const { approvals } = first.shop
    const asked = await approvals.submit({ pseudonym: 'operator' }, 'rotation', { version: 2 }, 'ask')
    const id = 'waiting' in asked ? asked.waiting : 0
    await expect(approvals.grant(boss, id)).rejects.toMatchObject({
      code: 'vault.not_everywhere',
      message: expect.stringContaining('1 of 1 processes'),
    })
    expect((await approvals.get(id))?.state).toBe('waiting')
  })
})
