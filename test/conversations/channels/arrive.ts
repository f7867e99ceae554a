import { hours } from '../../../core/platform/clock.ts'
import type { Chatter } from '../channel.ts'
import type { Program } from '../program.ts'

/** Someone's first words: greeted in their language, and made the owner by a code when they are to be one. */
export async function arrive({ shop }: Program, chatter: Chatter, owner: boolean): Promise<void> {
  await chatter.say('/start')
  await chatter.see((seen) => seen.buttons.length > 0)
  if (chatter.keysShown().every((label) => label !== chatter.t.help)) {
    // Nothing told the shop their language.
    await chatter.say('/language')
    await chatter.see('Choose a language')
    await chatter.press(chatter.language === 'zh' ? '中文' : 'English')
    await chatter.see(chatter.t.homeHint)
  }
  if (!owner) return
  await chatter.say(`/claim ${(await shop.staff.invite('operator', 'owner', hours(1))).code}`)
  await chatter.see(chatter.t.claimDone(chatter.staff.roles.owner ?? ''))
}
