import type { Shop } from '../../core/shop.ts'
import type { Channel } from './channel.ts'
import { type Menu, menuSchema, printMenu } from './menu.ts'
import { type Presentation, present } from './present.ts'
import type { Screen } from './screen.ts'

/**
 * The messages of a screen, or of the last part of one. Where its buttons are numbers, these count from now on: before anyone can
 * type one. `count` is given the menu that counts and what makes the screen with numbers after those of another, as an answer unless
 * it is told that it is a notice; it returns the menu that counts from now on. By default it is a notice: its numbers come after
 * those there are, and these go on counting.
 */
export async function printed(
  shop: Pick<Shop, 'chats' | 'clock'>,
  channel: Channel,
  chat: string,
  screen: Screen,
  count = (there: Menu | undefined, make: (before?: Menu, isAnswer?: boolean) => Presentation): Menu | undefined =>
    make(there, false).menu ?? there,
): Promise<readonly Screen[]> {
  let messages: readonly Screen[] = []
  const make = (before?: Menu, isAnswer = true): Presentation => {
    const now = shop.clock().getTime()
    const made = present(screen, channel.capabilities, (buttons) => printMenu(buttons, now, before, isAnswer))
    messages = made.messages
    return made
  }
  if (channel.capabilities.buttons) return make().messages
  await shop.chats.changeMenu(channel.name, chat, (menu) => count(menuSchema.safeParse(menu).data, make))
  return messages
}
