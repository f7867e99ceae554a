import { plain, type RichText } from '../../bots/dialogue/screen.ts'
import type { WireMessage } from '../../bots/web/message.ts'
import { newClient } from '../bots/web/client.ts'

/** Imports a file as the owner does in the web chat. `link` is the one that the start prints for the owner. */
export async function importByWeb(link: string, sku: string, csv: string): Promise<void> {
  const [url = '', claim = ''] = link.split('/#claim=')
  const client = await newClient(url)
  const stream = await client.listen()
  const see = async (words: RegExp): Promise<WireMessage> => {
    for (;;) {
      const message = await stream.next('message')
      if (message.from === 'shop' && words.test(plain(message.text as RichText))) return message
    }
  }
  await client.post({ kind: 'text', text: `/claim ${claim}`, language: 'en' })
  await see(/You are on the staff now: owner/)
  const data = Buffer.from(csv).toString('base64')
  await client.post({
    kind: 'file',
    name: 'keys.csv',
    mime: 'text/csv',
    caption: `/import ${sku}`,
    data,
    language: 'en',
  })
  const preview = await see(/New keys: /)
  const yes = preview.buttons?.flat().find((button) => 'action' in button && button.action.startsWith('s-import-yes'))
  if (!yes || !('action' in yes)) throw new Error('the preview has no button to import')
  await client.post({ kind: 'press', action: yes.action, messageId: preview.id, language: 'en' })
  await see(/Added: /)
  await stream.close()
}
