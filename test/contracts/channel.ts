import { createHash, randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Channel as Adapter } from '../../bots/dialogue/channel.ts'
import { bold, code, type Screen, spoiler } from '../../bots/dialogue/screen.ts'
import type { Channel, Chatter } from '../conversations/channel.ts'

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/**
 * What the dialogue counts on with every adapter (bots/dialogue/channel.ts): each thing that it says it can is done, and what it
 * says it cannot is refused in the way that the dialogue is ready for. `open` starts the real adapter before the platform's fake.
 */
export function channelContract(name: string, open: () => Promise<Channel>): void {
  describe(`a channel that is ${name}`, () => {
    let channel: Channel
    let adapter: Adapter
    let alice: Chatter
    let word = ''
    beforeAll(async () => {
      channel = await open()
      const [first] = channel.program.adapters
      if (!first) throw new Error('no adapter is open')
      adapter = first
      alice = await channel.join('alice')
    })
    beforeEach(async () => {
      word = `w${randomUUID().slice(0, 8)}`
      // Where only so much may be sent after each word, they say one.
      if (adapter.perWord !== undefined) {
        await alice.say('/help')
        await alice.see(alice.t.helpTitle)
        await channel.program.idle()
      }
      alice.sight.act()
    })
    const send = (screen: Screen) => adapter.send(alice.chat, screen, 'reply')

    it('declares what its driver knows of it', () => {
      const { captions: _, waits: __, uploads: ___, ...capabilities } = channel.can
      expect(adapter.capabilities).toMatchObject(capabilities)
    })

    it('sends messages that have ids of their own', async () => {
      const ids = [await send({ text: [`${word} one`] }), await send({ text: [`${word} two`] })]
      await alice.see(`${word} two`)
      expect(new Set(ids.filter((id) => id !== '')).size).toBe(2)
    })

    it('shows what a person typed as they typed it, be it markup', async () => {
      const typed = `${word} <b>&amp;</b> *_~[a](b)\`|| \\ <script> ${'$'}{x} %s`
      await send({ text: [typed] })
      expect((await alice.see(word)).text.split('\n')[0]).toBe(typed)
    })

    it('shows styled text with every letter, and hides what it can hide', async () => {
      await send({ text: [bold(`${word} b`), '\n', code('c-1'), '\n', spoiler('hidden-1')] })
      const seen = await alice.see(word)
      expect(seen.text).toContain(`${word} b\nc-1\nhidden-1`)
      expect(seen.spoilers).toEqual(channel.can.spoiler ? ['hidden-1'] : [])
    })

    it('takes a text as long as it says, of the widest letters, in one message', async () => {
      const length = Math.min(channel.can.textLength, 4096)
      const text = word.padEnd(length - 1, '卡密').concat('完')
      const before = alice.sight.all().length
      await send({ text: [text] })
      // A terminal breaks lines where it ends.
      expect((await alice.see(word)).text.replaceAll('\n', '')).toBe(text)
      expect(alice.sight.all()).toHaveLength(before + 1)
    })

    it('changes a message in place where it can, and sends a new one where not', async () => {
      const id = await send({ text: [`${word} before`] })
      await alice.see(`${word} before`)
      const after = await adapter.edit(alice.chat, id, { text: [`${word} after`] }, 'reply')
      await alice.see(`${word} after`)
      expect(after === id).toBe(channel.can.edit)
      const left = alice.sight.all().filter(({ text }) => text.includes(`${word} before`))
      expect(left).toHaveLength(channel.can.edit ? 0 : 1)
    })

    it('deletes a message, or says that it did not', async () => {
      const id = await send({ text: [`${word} to go`] })
      await alice.see(`${word} to go`)
      expect(await adapter.remove(alice.chat, id)).toBe(channel.can.delete)
      if (channel.can.delete) await alice.sight.gone(`${word} to go`)
    })

    it('hands over a file with every byte, where it has files', async () => {
      if (!channel.can.files) return expect(channel.can.files).toBe(false)
      const bytes = Buffer.from(createHash('sha512').update(word).digest('hex').repeat(200))
      await send({ text: [word], file: { name: `${word}.txt`, mime: 'text/plain', bytes } })
      const { file } = await alice.see((seen) => seen.file?.name === `${word}.txt`)
      expect(file?.bytes.equals(bytes)).toBe(true)
    })

    it('shows a picture beside its text, where it has pictures', async () => {
      await send({ text: [word], picture: { id: word, mime: 'image/png', bytes: PIXEL, drawn: '█' } })
      await alice.see(word)
      if (channel.can.pictures) await alice.see((seen) => seen.picture === true)
      else expect(alice.sight.all().some(({ picture }) => picture)).toBe(false)
    })

    it('shows buttons as they are given, where it has buttons', async () => {
      if (!channel.can.buttons) return expect(alice.keysShown().length).toBeGreaterThan(0)
      const buttons = [[{ label: `${word} one`, action: 'home' }], [{ label: `${word} copy`, copy: 'K-1' }]]
      await send({ text: [word], buttons })
      const seen = await alice.see(word)
      expect(seen.buttons).toContain(`${word} one`)
      expect(seen.copies).toEqual(channel.can.copy ? ['K-1'] : [])
    })

    it('tells of a chat that is not there by a coded error, without what was to be said', async () => {
      const failed: unknown = await adapter.send(nowhere(alice.chat), { text: [word] }, 'reply').then(
        () => undefined,
        (error: unknown) => error,
      )
      // A platform that keeps what is sent for whoever comes later has nothing to tell.
      if (failed === undefined) return expect(['web', 'terminal']).toContain(channel.name)
      expect(failed).toMatchObject({ code: expect.stringMatching(/^(chat|telegram|wechat)\./) })
      expect(String(failed)).not.toContain(word)
    })
  })
}

/** Another chat of the same kind, in which nobody is. */
const nowhere = (chat: string): string => (/^\d+$/.test(chat) ? '999999999' : `${chat}-who-never-was`)
