import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Channel } from '../../../bots/dialogue/channel.ts'
import { createDialogue, type Dialogue } from '../../../bots/dialogue/dialogue.ts'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import { menuSchema, printMenu } from '../../../bots/dialogue/menu.ts'
import { plain } from '../../../bots/dialogue/screen.ts'
import { hours } from '../../../core/platform/clock.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

const t = TEXTS.en.buyer

let stand: Stand
let dialogue: Dialogue
let chat = ''
let people = 0
const shown: string[] = []
let broken = false
/** what happens while the next event is being handled: after its session was read, before anything is shown */
let meanwhile: (() => Promise<void>) | undefined

const channel: Channel = {
  name: 'numbers',
  capabilities: {
    buttons: false,
    edit: false,
    delete: false,
    invoice: false,
    spoiler: false,
    copy: false,
    files: false,
    pictures: false,
    contact: false,
    textLength: 4096,
  },
  send: async (_chat, screen) => {
    if (broken) throw new Error('the channel is away')
    shown.push(plain(screen.text))
    return randomUUID()
  },
  edit: () => Promise.reject(new Error('this channel edits nothing')),
  remove: async () => false,
  acknowledge: async () => {
    const happens = meanwhile
    meanwhile = undefined
    await happens?.()
  },
}

const say = (text: string, id: string = randomUUID()) =>
  dialogue.handle(
    {
      id,
      chat,
      private: true,
      person: { id: chat, language: 'en' },
      at: stand.clock(),
      content: { kind: 'text', text },
    },
    channel,
  )
/** As a notice does: its numbers come after those that were there when it looked. */
const notice = async () => {
  await stand.shop.chats.changeMenu(channel.name, chat, (current) => {
    const before = menuSchema.parse(current)
    const printed = printMenu(
      [{ label: 'My orders, please', action: 'orders:0' }],
      stand.clock().getTime(),
      before,
      false,
    )
    shown.push(printed.text)
    return printed.menu
  })
}
const numberOf = (label: string) => {
  const [, number] = new RegExp(`^(\\d+) ${label}$`, 'm').exec(shown.join('\n').replaceAll('💬 ', '')) ?? []
  if (number === undefined) throw new Error(`no number before ${label} in ${shown.join('\n')}`)
  return number
}

beforeAll(async () => {
  stand = await openShop()
  dialogue = createDialogue(stand.shop, silentLog)
})
beforeEach(async () => {
  chat = `person-${++people}`
  await say('/start')
  shown.length = 0
})

it('keeps the numbers of a notice that came while a screen was made, and gives the screen others', async () => {
  meanwhile = notice
  await say('/help')
  const [ofNotice, ofScreen] = [numberOf('My orders, please'), numberOf('Support')]
  expect(Number(ofScreen)).toBeGreaterThan(Number(ofNotice))
  await say(ofNotice)
  expect(shown.at(-1)).toContain(t.noOrders)
})

it('and the screen’s numbers count as well', async () => {
  meanwhile = notice
  await say('/help')
  await say(numberOf('Support'))
  expect(shown.at(-1)).toContain(t.askSupport)
})

it('keeps the numbers of a notice that came while something without numbers was said', async () => {
  meanwhile = notice
  await say('/nonsense')
  expect(shown.at(-1)).toBe(t.unknownCommand('nonsense'))
  await say(numberOf('My orders, please'))
  expect(shown.at(-1)).toContain(t.noOrders)
})

it('begins at 1 again with the next screen, which takes the place of all numbers before it', async () => {
  await notice()
  const old = numberOf('My orders, please')
  await say('/help')
  expect(numberOf('Support')).toBe('1')
  await say(old)
  expect(shown.at(-1)).toContain(t.noMatch(old))
})

it('goes back with 0: as the screen says, or home where it says nothing', async () => {
  const { sku } = await stand.product(3)
  await say(`/start p_${sku}`)
  expect(shown.at(-1)).toMatch(/\n0 ‹ Back$/)
  await say('1')
  expect(shown.at(-1)).toContain(`${t.howManyTyped}\n\n0 ‹ Back`)
  await say('0')
  expect(shown.at(-1)).toMatch(/\n0 ‹ Back$/)
  await say('０')
  expect(shown.at(-1)).toContain(t.allProducts)
  await say('/nonsense')
  await say('0')
  expect(shown.at(-1)).toContain(t.homeHint)
})

it('goes back with 0 from where one is, whatever news came meanwhile', async () => {
  const { sku } = await stand.product(3)
  await say(`/start p_${sku}`)
  await notice()
  await say('0')
  expect(shown.at(-1)).toContain(t.allProducts)
  meanwhile = notice
  await say(`/start p_${sku}`)
  expect(shown.at(-1)).toMatch(/\n0 ‹ Back$/)
  await say('0')
  expect(shown.at(-1)).toContain(t.allProducts)
})

it('does not go back from a question that has no way back: 0 answers it', async () => {
  await stand.shop.chats.saveSession(channel.name, chat, {
    asked: { question: 'quantity', args: ['none'], digits: true },
  })
  await say('0')
  expect(shown.at(-1)).toContain(t.unknownProduct)
})

it('takes no number for a choice after a screen that has none', async () => {
  await say('/nonsense')
  await say('1')
  expect(shown.at(-1)).toContain('“1”')
})

it.each(['before', 'after'])(
  'means the same when it is handled again: it failed %s a screen was shown',
  async (when) => {
    await say('/help')
    const number = numberOf('Support')
    broken = when === 'before'
    const failed = say(number, 'again')
    await (broken ? expect(failed).rejects.toThrow('away') : failed)
    broken = false
    if (when === 'after') await notice()
    await say(number, 'again')
    expect(shown.at(-1)).toContain(t.askSupport)
    await say(number)
    expect(shown.at(-1)).not.toContain(t.askSupport)
  },
)

describe('staff', () => {
  beforeEach(async () => {
    const { code } = await stand.shop.staff.invite('operator', 'owner', hours(1))
    await say(`/join ${code}`)
  })
  const timezone = async () => (await stand.shop.profiles.read()).timezone

  it('are asked for a figure with a way back, and zero is not the way back', async () => {
    await say('/shop set timezone')
    expect(shown.at(-1)).toContain(TEXTS.en.staff.zeroTyped)
    expect(shown.at(-1)).toMatch(/\n0 Cancel$/)
    await say('0')
    expect(await timezone()).toBe(8)
    expect(shown.at(-1)).toContain(TEXTS.en.staff.profileTitle)
    await say('/shop set timezone')
    await say('00')
    expect(await timezone()).toBe(0)
    await say('/shop set timezone 8')
    await say('/shop set link')
    expect(shown.at(-1)).not.toContain(TEXTS.en.staff.zeroTyped)
    expect(shown.at(-1)).toMatch(/\n0 Cancel$/)
  })

  it('add no number to the keys of an import that they meant for its menu, and find it again', async () => {
    const { sku } = await stand.product(0)
    await say(`/import ${sku}`)
    await say('7')
    expect(shown.at(-1)).toContain(TEXTS.en.staff.importNoChoice)
    expect(shown.at(-1)).toContain(TEXTS.en.staff.importHow)
    await say('SHORT-KEY-1')
    for (const typed of ['7', '００', ' 12 ']) {
      await say(typed)
      expect(shown.at(-1)).toContain(TEXTS.en.staff.importNoChoice)
      expect(shown.at(-1)).toContain(TEXTS.en.staff.confirmImport(1))
    }
    await say('/staff')
    await say(`/import ${sku}`)
    expect(shown.at(-1)).toContain(TEXTS.en.staff.importOpen)
    expect(shown.at(-1)).toMatch(/\n0 Drop it$/)
    await say('0')
    await say(`/import ${sku}`)
    expect(shown.at(-1)).toContain(TEXTS.en.staff.importHow)
  })

  it('go up one level with 0', async () => {
    const { sku } = await stand.product(0)
    for (const [command, parent] of [
      [`/product ${sku}`, TEXTS.en.staff.productsTitle(4).slice(0, 8)],
      ['/quotas new', TEXTS.en.staff.quotasTitle],
      ['/risk fresh-bulk on', TEXTS.en.staff.riskTitle],
      ['/invite', TEXTS.en.staff.rolesButton],
    ] as const) {
      await say(command)
      await say('0')
      expect(shown.at(-1)).toContain(parent)
    }
  })

  it('are told when another text hides the one that they changed', async () => {
    const { sku } = await stand.product(0)
    await say(`/product set ${sku} name One name`)
    expect(shown.at(-1)).not.toContain(TEXTS.en.staff.fieldOverruled(sku, 'name', 'en'))
    await say(`/product set ${sku} name.en Its name`)
    await say(`/product set ${sku} name Another name`)
    expect(shown.at(-1)).toContain(TEXTS.en.staff.fieldOverruled(sku, 'name', 'en'))
    expect(shown.at(-1)).toContain('Its name')
  })

  it('read all commands in pages that fit a phone', async () => {
    await say('/staff')
    await say(numberOf('❔ Help'))
    const pages = [shown.at(-1) ?? '']
    while (pages.at(-1)?.includes(t.nextPage)) {
      shown.length = 0
      shown.push(pages.at(-1) ?? '')
      await say(numberOf(t.nextPage))
      pages.push(shown.at(-1) ?? '')
    }
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(600)
    for (const line of TEXTS.en.staff.helpLines) expect(pages.join('\n')).toContain(line)
  })
})
