import { beforeAll, describe, expect, it } from 'vitest'
import type { Channel } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { buy, escaped } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(CHANNELS)('sources on $name', ({ name: on, open, languages }) => {
  let channel: Channel
  beforeAll(async () => {
    channel = await open()
  })

  it.each(languages)('are made by staff, followed by buyers and counted, in %s', async (language) => {
    const { program } = channel
    const boss = await channel.join('boss', { language, owner: true })
    const [alice, bob] = [await channel.join('alice', { language }), await channel.join('bob', { language })]
    const greeted = program.shown.length
    const { sources: words } = boss.staff
    const name = `blog-${language}`
    const product = await program.product(9)
    await boss.say('/source')
    await boss.see(words.title(words.spans['30']))
    await boss.press(words.add)
    await boss.see(words.askName)
    await boss.say('A blog!')
    await boss.see(words.badName)
    await boss.say(name)
    const links = await boss.see(words.links(name))
    // The other two have no address: what is to be said there is told where the program opens them.
    if (channel.name === 'telegram') expect(links.text).toMatch(new RegExp(`t\\.me/\\w+\\?start=src_${name}`))
    if (channel.name === 'web') expect(links.text).toContain(`/?src=${name}`)
    await boss.say(`/source ${name} ${product.sku}`)
    await boss.see(words.linksTo(name, product.name))
    await boss.say(`/product ${product.sku}`)
    await boss.see(product.name)
    await boss.press(words.linksButton)
    await boss.see(words.linksOf(product.name))
    const place = program.adapters[0]?.name ?? ''
    const scanned = (await program.shop.sources.links({ sku: product.sku })).find(
      (one) => one.channel === place,
    )?.scanned
    if (scanned) {
      await boss.press(words.codeButton(boss.t.channels[place] ?? place))
      await boss.see(words.scan)
      await boss.press(boss.t.back)
      await boss.see(words.linksOf(product.name))
    }
    expect(scanned ?? false).toBe(['Telegram', 'web chat', 'official account'].includes(on))
    await boss.say('/source nosuch')
    await boss.see(words.unknown)

    await alice.say(`/start src_${name}`)
    await alice.see(alice.t.homeHint)
    await bob.say(`/start p_${product.sku}_src_${name}`)
    await bob.see(product.name)
    await bob.say('/start src_made-up')
    await bob.see(bob.t.homeHint)
    await bob.say(`/start p_${product.sku}_src_${name}`)
    await bob.see(product.name)
    await buy(bob, product)
    await boss.say('/source')
    const counted = await boss.see(name)
    expect(counted.text).toMatch(new RegExp(escaped(words.line(2, 1, 1, '').replace(/[.。]$/, ''))))
    expect(counted.text).toContain(words.other)
    await boss.press(words.spans.all)
    await boss.see(words.title(words.spans.all))
    await boss.press(`🔗 ${name}`)
    await boss.see(words.links(name))
    const names = [name, product.name, product.sku, 'alice', 'bob', 'xiaohongshu', 'A blog!', 'PUBLIC_URL', 'nosuch']
    expectWording(program.shown.slice(greeted), boss.chat, language, names)
  })

  it('are nobody’s business but the staff’s', async () => {
    const mallory = await channel.join('mallory')
    await mallory.say('/source add mine')
    await mallory.see(mallory.t.unknownCommand('source'))
    if (!channel.can.buttons) return
    // Staff cannot have codes made of what there is not, either.
    const boss = await channel.join('chief', { owner: true })
    await boss.say('/source')
    await boss.see(boss.staff.sources.button.replace(/^\S+ /, ''))
    await boss.forge('s-qr:telegram:nosuch:NOSUCH')
    await boss.see(boss.staff.sources.unknown)
    await boss.forge('s-link-qr:telegram:NOSUCH')
    await boss.see(boss.staff.unknownSku('NOSUCH'))
    expect(await channel.program.shop.sources.isKnown('mine')).toBe(false)
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
