import { deflateSync } from 'node:zlib'
import type { ChatEvent } from '../../../bots/dialogue/channel.ts'
import { bold, code, italic, type Screen, spoiler } from '../../../bots/dialogue/screen.ts'
import type { Web } from '../../../bots/web/server.ts'

/** What the scripted shop sells; not a key of anybody's. */
export const SCRIPT_KEY = 'KT7F-9QXM-2LPA-V8RD-EXAMPLE-0001'

/** A shop by rote, that shows everything the page can be asked to show. */
export async function scriptedShop(event: ChatEvent, { channel }: Web): Promise<void> {
  const { chat, content } = event
  const zh = event.person.language?.startsWith('zh') ?? false
  if (content.kind === 'press') {
    const screen = screenFor(content.action, zh)
    if (content.action === 'used') await channel.acknowledge(event, { text: 'Thank you, noted.' })
    else if (content.action === 'closed') {
      await channel.acknowledge(event, { text: 'The shop is closed until nine.', alert: true })
    } else if (content.messageId && screen) await channel.edit(chat, content.messageId, screen, 'reply')
    return
  }
  if (content.kind === 'text') {
    const screen = content.text.startsWith('/start') ? home(zh) : content.text === '/orders' ? orders(zh) : undefined
    await channel.send(chat, screen ?? { text: ['You said: ', bold(content.text)] }, 'reply')
    return
  }
  if (content.kind === 'contact') return
  const file = content.kind === 'file' ? content.file : content.picture
  const bytes = await file.load(20_000_000)
  await channel.send(chat, { text: [`Got ${file.name}, ${bytes.length} bytes.`] }, 'reply')
}

function screenFor(action: string, zh: boolean): Screen | undefined {
  return {
    home: home(zh),
    shop: shop(zh),
    product: product(zh),
    pay: paid(zh),
    reveal: revealed(zh),
    orders: orders(zh),
  }[action]
}

const home = (zh: boolean): Screen =>
  zh
    ? {
        text: [
          bold('欢迎光临小松数码'),
          '\n会员、点卡、礼品卡，付款后自动发货，一般几秒钟。\n\n需要帮助请发送 /support',
        ],
        buttons: [
          [{ label: '🛍 逛一逛', action: 'shop', style: 'primary' }],
          [
            { label: '我的订单', action: 'orders' },
            { label: '联系客服', action: 'closed' },
          ],
        ],
      }
    : {
        text: [
          bold('Welcome to Pinewood Digital'),
          '\nMemberships, game cards and vouchers, delivered seconds after you pay.\n\nNeed a hand? /support',
        ],
        buttons: [
          [{ label: '🛍 Browse the shop', action: 'shop', style: 'primary' }],
          [
            { label: 'My orders', action: 'orders' },
            { label: 'Support', action: 'closed' },
          ],
        ],
      }

const shop = (zh: boolean): Screen => ({
  text: zh ? [bold('全部商品'), '  第 1 页，共 3 页'] : [bold('All products'), '  page 1 of 3'],
  buttons: [
    [{ label: zh ? '星云音乐 会员月卡 · ¥15.00' : 'Nebula Music, one month · ¥15.00', action: 'product' }],
    [{ label: zh ? '云帆网盘 季卡 · ¥45.00' : 'Sailcloud Drive, three months · ¥45.00', action: 'product' }],
    [{ label: zh ? '山海手游 648 点券 · ¥598.00' : 'Hillsea 648 coupons · ¥598.00', action: 'product' }],
    [
      { label: '‹', action: 'shop' },
      { label: zh ? '返回' : 'Back', action: 'home' },
      { label: '›', action: 'shop' },
    ],
  ],
})

const product = (zh: boolean): Screen => ({
  picture: { id: 'nebula', mime: 'image/png', bytes: banner(960, 480) },
  text: zh
    ? [
        bold('星云音乐 会员月卡'),
        '\n¥15.00  ·  有货\n\n31 天会员，兑换后立即生效。在应用中打开「我的 → 兑换码」输入。\n',
        italic('未兑换前 180 天内有效。'),
      ]
    : [
        bold('Nebula Music, one month'),
        '\n¥15.00  ·  in stock\n\n31 days of membership, from the moment you redeem it. In the app: Me → Redeem code. ',
        { text: 'How it looks, step by step', link: 'https://example.com/help/redeem' },
        '\n',
        italic('Redeem within 180 days.'),
      ],
  buttons: [
    [{ label: zh ? '立即购买 ¥15.00' : 'Buy now ¥15.00', action: 'pay', style: 'primary' }],
    [
      { label: zh ? '加入购物篮' : 'Add to basket', action: 'used' },
      { label: zh ? '到货提醒' : 'Tell me when restocked', action: 'used' },
    ],
    [{ label: zh ? '返回' : 'Back', action: 'shop' }],
  ],
})

const paid = (zh: boolean): Screen => ({
  text: zh
    ? [
        bold('✅ 已发货'),
        '  订单 ',
        code('K7Q2-0042'),
        '\n星云音乐 会员月卡 × 1\n\n卡密  ',
        code('KT****01'),
        '\n\n完整卡密只有你能查看，查看会有记录。',
      ]
    : [
        bold('✅ Delivered'),
        '  order ',
        code('K7Q2-0042'),
        '\nNebula Music, one month × 1\n\nKey  ',
        code('KT****01'),
        '\n\nOnly you can see all of it; each time is recorded. Find it again in /orders.',
      ],
  buttons: [
    [{ label: zh ? '查看卡密' : 'Reveal the key', action: 'reveal', style: 'success' }],
    [
      { label: zh ? '无法使用？' : 'Does not work?', action: 'closed', style: 'danger' },
      { label: zh ? '回执' : 'Receipt', action: 'used' },
    ],
  ],
})

const revealed = (zh: boolean): Screen => ({
  picture: { id: 'code', mime: 'image/png', bytes: banner(320, 320) },
  secret: true,
  protect: true,
  text: zh
    ? [bold('你的卡密'), '\n', spoiler(SCRIPT_KEY), '\n\n点击显示，或直接复制。']
    : [bold('Your key'), '\n', spoiler(SCRIPT_KEY), '\n\nTap it to show it, or copy it as it is.'],
  buttons: [
    [{ label: zh ? '复制卡密' : 'Copy the key', copy: SCRIPT_KEY }],
    [
      { label: zh ? '可以使用' : 'It works', action: 'used', style: 'success' },
      { label: zh ? '隐藏' : 'Hide', action: 'pay' },
    ],
    [{ label: zh ? '兑换页面' : 'Open the redeem page', url: 'https://example.com/redeem' }],
  ],
})

const orders = (zh: boolean): Screen => ({
  text: zh ? [bold('我的订单'), '\n最近 30 天的订单见附件。'] : [bold('My orders'), '\nThe last 30 days, as a file.'],
  file: {
    name: 'orders-2026-11.csv',
    mime: 'text/csv',
    bytes: Buffer.from('order,product,paid\nK7Q2-0042,Nebula,15.00\n'),
  },
  buttons: [
    [{ label: 'K7Q2-0042  ·  ¥15.00  ·  ✅', action: 'pay' }],
    [{ label: zh ? '返回' : 'Back', action: 'home' }],
  ],
})

/** A PNG to look at: hills at dusk, by formula. */
export function banner(width: number, height: number): Buffer {
  const rows = Buffer.alloc(height * (width * 3 + 1))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width, y / height]
      const sun = Math.hypot((u - 0.72) * 2, v - 0.42) < 0.13
      const near = v > 0.78 + 0.08 * Math.sin(u * 7)
      const far = v > 0.62 + 0.1 * Math.sin(u * 5 + 2)
      const color = near
        ? [24, 58, 66]
        : far
          ? [52, 98, 108]
          : sun
            ? [255, 226, 168]
            : [250 - 90 * (1 - v), 150 + 60 * v, 150]
      for (const [channel, value] of color.entries()) rows[y * (width * 3 + 1) + 1 + x * 3 + channel] = value
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

// zlib.crc32 came with a later Node 20 than the oldest we run on
function crc32(bytes: Buffer): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
