import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Channel, ChatEvent, Content } from '../../../bots/dialogue/channel.ts'
import { createDialogue, type Dialogue } from '../../../bots/dialogue/dialogue.ts'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import { plain } from '../../../bots/dialogue/screen.ts'
import { after, hours } from '../../../core/platform/clock.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

const { buyer: t, staff } = TEXTS.en

let stand: Stand
let dialogue: Dialogue
let sku: string
let chat = ''
let people = 0
const shown: string[] = []
const removed: string[] = []

const keep = async (text: string) => {
  shown.push(text)
  return randomUUID()
}
const channel: Channel = {
  name: 'web',
  capabilities: {
    buttons: true,
    edit: true,
    delete: true,
    invoice: false,
    spoiler: true,
    copy: true,
    files: true,
    pictures: true,
    contact: false,
    textLength: 4096,
  },
  send: (_chat, screen) => keep(plain(screen.text)),
  edit: (_chat, _id, screen) => keep(`edited: ${plain(screen.text)}`),
  remove: async (_chat, id) => {
    removed.push(id)
    return true
  },
  acknowledge: async () => {},
}

const eventOf = (content: Content, isPrivate = true): ChatEvent => ({
  id: randomUUID(),
  chat,
  private: isPrivate,
  person: { id: chat, language: 'en' },
  at: stand.clock(),
  messageId: randomUUID(),
  content,
})
const text = (said: string): Content => ({ kind: 'text', text: said })
const press = (action: string): Content => ({ kind: 'press', action, messageId: randomUUID() })
const file = (caption: string): Content => ({
  kind: 'file',
  caption,
  file: { name: 'keys.txt', mime: 'text/plain', load: () => Promise.reject(new Error('it is not to be fetched')) },
})
/** Something said now, and something said an hour ago. */
const say = (content: Content) => dialogue.handle(eventOf(content), channel)
const miss = (event: ChatEvent, ago = hours(1)) => dialogue.miss(event, channel, after(stand.clock(), -ago))

beforeAll(async () => {
  stand = await openShop({ owners: 'web:boss' })
  dialogue = createDialogue(stand.shop, silentLog)
  sku = (await stand.product(3, { demo: 'on' })).sku
})
beforeEach(() => {
  chat = `person-${++people}`
  shown.length = 0
  removed.length = 0
})

describe('what came in too long ago', () => {
  it('is not acted on: the person is shown where things stand', async () => {
    await say(press(`buy:${sku}`))
    await say(press(`add:${sku}:2`))
    shown.length = 0
    await miss(eventOf(press('empty-basket')))
    await miss(eventOf(text('/cancel')))
    expect(shown).toEqual([expect.stringContaining(t.missed)])
    expect(shown[0]).toContain(t.homeHint)
    await say(press('basket'))
    expect(shown.at(-1)).toContain('× 2')
  })

  it('is answered once, and again only when somebody was away again', async () => {
    const events = [text('/orders'), press('home'), text('hello?')].map((content) => eventOf(content))
    for (const event of events) await miss(event)
    for (const event of events) await miss(event)
    expect(shown).toHaveLength(1)
    stand.clock.advance(hours(3))
    await miss(eventOf(text('and now?')))
    expect(shown).toHaveLength(2)
    const other = chat
    chat = `${other}-friend`
    await miss(eventOf(text('me too')))
    expect(shown).toHaveLength(3)
  })

  it('leaves a question open that is to be answered again, and none that was left behind', async () => {
    await say(press('support'))
    await miss(eventOf(text('My key does not work')))
    await say(text('My key does not work'))
    expect(shown.at(-1)).toMatch(/Passed on/)
    await say(press('support'))
    await miss(eventOf(press('home')))
    await say(text('something'))
    expect(shown.at(-1)).toContain(t.noMatch('something'))
  })

  it('says nothing in a group', async () => {
    await miss(eventOf(text('/orders'), false))
    await miss(eventOf(press('orders:0'), false))
    expect(shown).toEqual([])
  })
})

describe('keys that came in too long ago', () => {
  beforeEach(async () => {
    chat = 'boss'
    stand.clock.advance(hours(2))
    await say(text('/cancel'))
    shown.length = 0
  })

  it('are not imported, not left in the chat, and asked for again', async () => {
    await say(text(`/import ${sku}\nIN-TIME-1`))
    removed.length = 0
    shown.length = 0
    const late = [text('TOO-LATE-1\nTOO-LATE-2'), text(`/import ${sku}\nTOO-LATE-3`), file('')].map((c) => eventOf(c))
    for (const event of late) await miss(event)
    expect(removed).toEqual(late.map(({ messageId }) => messageId))
    expect(shown).toEqual([expect.stringContaining(t.missed)])
    await say(text('TOO-LATE-1\nTOO-LATE-2'))
    expect(shown.at(-1)).toContain(staff.previewNew(3))
  })

  it('are known by their looks when what was to come before them was missed as well', async () => {
    const keys = eventOf(text('ABCD-1234-EFGH\nABCD-1235-EFGH'))
    await miss(eventOf(press(`s-import:${sku}`)))
    await miss(keys)
    await miss(eventOf(text('good morning')))
    await miss(eventOf(text(`/import ${sku}`)))
    expect(removed).toEqual([keys.messageId])
  })

  it('are no business of a buyer’s chat', async () => {
    chat = `person-${++people}`
    await miss(eventOf(text('ABCD-1234-EFGH does not work')))
    expect(removed).toEqual([])
  })
})
