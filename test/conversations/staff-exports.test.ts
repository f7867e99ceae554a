import { beforeAll, describe, expect, it } from 'vitest'
import { hours } from '../../core/platform/clock.ts'
import type { Stocked } from '../stand/shop.ts'
import { appCode } from '../stand/staff.ts'
import type { Channel, Chatter } from './channel.ts'
import { STAFF_CHANNELS } from './channels/all.ts'
import { expectUnseen } from './steps.ts'

describe.each(STAFF_CHANNELS)('keys that leave the shop on $name', ({ languages, open }) => {
  let channel: Channel
  let boss: Chatter
  let partner: Chatter
  let product: Stocked
  beforeAll(async () => {
    channel = await open()
    const language = languages.at(-1) ?? 'en'
    boss = await channel.join('boss', { owner: true, language })
    partner = await channel.join('partner', { owner: true, language })
    product = await channel.program.product(30)
  })

  const scope = ({ staff }: Chatter): string => staff.exportScope(product.sku, undefined)
  /** The keys that a person was sent: as a file, or in messages where there are none. */
  async function received(by: Chatter, codes: readonly string[]): Promise<void> {
    if (channel.can.files) {
      const { file } = await by.see((seen) => seen.file !== undefined)
      const lines = file?.bytes.toString().replace('\uFEFF', '').trim().split('\r\n')
      expect(lines).toEqual(['key,password,expires,cost', ...codes.map((code) => `${code},,,`)])
    } else {
      await by.see(by.staff.exportFile(codes.length))
      for (const code of codes) await by.see(`${code},,,`)
    }
  }
  /** From the command to the button that does it. */
  async function ask(by: Chatter, count: number): Promise<void> {
    await by.say(`/export ${product.sku} ${count} moved to our other shop`)
    const sure = await by.see(by.staff.exportSure(count))
    for (const said of [by.staff.exportForGood, by.staff.exportReason('moved to our other shop')])
      expect(sure.text).toContain(said)
    await by.press(by.staff.exportYes(count))
  }

  it('asks what it needs to know, says that there is no way back, and sends a file to who asked', async () => {
    const { staff } = boss
    await boss.say(`/stock ${product.sku}`)
    await boss.see(staff.stockCounts(30, 0, 0))
    await boss.press(staff.exportButton)
    await boss.see(staff.exportAsk(30, channel.can.files ? 10_000 : 200))
    await boss.say('31')
    await boss.see(staff.exportTooMany(30))
    await boss.say('3')
    await boss.see(staff.exportWhy(3))
    await boss.say('back to the supplier')
    const sure = await boss.see(staff.exportSure(3))
    for (const said of [staff.exportForGood, staff.exportWhich, staff.exportReason('back to the supplier')])
      expect(sure.text).toContain(said)
    await boss.press(staff.exportYes(3))
    await received(boss, product.codes.slice(27))
    await boss.say(`/stock ${product.sku}`)
    await boss.see(staff.stockCounts(27, 0, 0))
    expect(partner.sight.all().some(({ file }) => file)).toBe(false)
    expectUnseen(
      channel.program.shown.filter(({ chat, secret }) => chat !== boss.chat || !secret),
      product.codes,
    )
  })

  it('takes keys of one import, and lists what was taken', async () => {
    const { staff } = boss
    const [batch] = await channel.program.stand.rows<{ id: number }>('SELECT max(id) AS id FROM batch')
    await boss.say(`/batch ${batch?.id}`)
    await boss.see(staff.batchTitle(batch?.id ?? 0, product.sku))
    expect(boss.keysShown()).toContain(staff.exportButton)
    await boss.say(`/export batch ${batch?.id} 2`)
    await boss.see(staff.exportWhy(2))
    await boss.say('recalled')
    await boss.see(staff.exportSure(2))
    await boss.press(staff.exportYes(2))
    await received(boss, product.codes.slice(25, 27))
    await partner.say('/export')
    await partner.see(partner.staff.exportsTitle(2))
    await partner.press(/^#2 /)
    const record = await partner.see(partner.staff.exportRecord(2))
    expect(record.text).toContain(partner.staff.exportReason('recalled'))
    expect(partner.keysShown()).not.toContain(partner.staff.exportAgain)
  })

  it('sends the file again within the hour, and not after it', async () => {
    const { staff } = boss
    await boss.say('/export')
    await boss.see(staff.exportsTitle(2))
    await boss.press(/^#2 /)
    await boss.see(staff.exportRecord(2))
    await boss.press(staff.exportAgain)
    await received(boss, product.codes.slice(25, 27))
    await boss.say('/export')
    await boss.see(staff.exportsTitle(2))
    await boss.press(/^#2 /)
    await boss.see(staff.exportRecord(2))
    channel.program.stand.clock.advance(hours(1))
    if (channel.can.buttons) {
      await boss.press(staff.exportAgain)
      await boss.see(staff.problems['export.over']?.('The hour is over: of this export only the record is left.') ?? '')
    }
    await boss.say('/export')
    await boss.see(staff.exportsTitle(2))
    await boss.press(/^#2 /)
    await boss.see(staff.exportRecord(2))
    expect(boss.keysShown()).not.toContain(staff.exportAgain)
  })

  it('needs a second person from so many keys on, and says so to both', async () => {
    const { staff } = boss
    // What was exported before does not count any more.
    channel.program.stand.clock.advance(hours(24))
    await boss.say('/security')
    await boss.see(staff.securityTitle)
    await boss.press(staff.securityFields.export.name)
    await boss.see(staff.securityFields.export.ask)
    await boss.say('some')
    await boss.see(staff.securityFields.export.ask)
    await boss.say('6')
    await boss.see(staff.fromKeys(6))
    await ask(boss, 4)
    await received(boss, product.codes.slice(21, 25))

    partner.sight.act()
    await ask(boss, 5)
    await boss.see(staff.approvalNeeded)
    const asked = await partner.see(partner.staff.actExport(5, scope(partner)))
    expect(asked.text).toContain(partner.staff.exportForGood)
    boss.sight.act()
    await partner.press(partner.staff.approvalGrant)
    await partner.see(/✅/)
    await received(boss, product.codes.slice(16, 21))
    await boss.see(/✅/)
    expectUnseen(
      channel.program.shown.filter(({ chat }) => chat === partner.chat),
      product.codes,
    )
  })

  it('keeps the keys when the second person refuses', async () => {
    const { staff } = boss
    partner.sight.act()
    await ask(boss, 6)
    await boss.see(staff.approvalNeeded)
    await partner.see(partner.staff.actExport(6, scope(partner)))
    await partner.press(partner.staff.approvalRefuse)
    await boss.see(/❌/)
    await boss.say(`/stock ${product.sku}`)
    await boss.see(staff.stockCounts(16, 0, 0))
  })

  it('asks for the second factor of who has one, before it is done', async () => {
    const { staff } = boss
    await boss.say('/twostep')
    await boss.see(staff.factorWhat)
    await boss.press(staff.factorSetUp)
    const shown = await boss.see(staff.factorProve)
    const secret = (/[A-Z2-7]{4}( [A-Z2-7]{4}){7}/.exec(shown.text)?.[0] ?? '').replaceAll(' ', '')
    const { clock } = channel.program.stand
    await boss.say(appCode(secret, clock()))
    await boss.see(staff.factorReady)
    clock.advance(hours(1))
    await ask(boss, 1)
    await boss.see(staff.codeDangerous)
    await boss.say(appCode(secret, clock()))
    await received(boss, product.codes.slice(15, 16))
  })

  it('went without an error, and keeps no key in a session or a job', async () => {
    expect(channel.program.errors).toEqual([])
    const kept = await channel.program.stand.rows<{ text: string }>(
      `SELECT state::text AS text FROM chat_session UNION ALL SELECT payload::text FROM graphile_worker._private_jobs
       UNION ALL SELECT data::text FROM audit_entry UNION ALL SELECT request::text FROM approval`,
    )
    expectUnseen(kept, product.codes)
  })
})
