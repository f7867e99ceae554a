import { randomUUID } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../../core/platform/clock.ts'
import { hasCode, KeytillError } from '../../core/platform/errors.ts'
import type { Accept, Channel, Decode, Person } from '../dialogue/channel.ts'
import type { Capabilities, Picture, Screen } from '../dialogue/screen.ts'
import { type Editor, openEditor } from './editor.ts'
import { FILE_LIMIT, fileRequest, readGivenFile, saveFile } from './files.ts'
import { decode, type Payload, type TypedContent } from './payload.ts'
import { printText } from './print.ts'
import { type Words, wordsFor } from './words.ts'

export interface TerminalOptions {
  readonly input: Readable
  readonly output: Writable
  readonly accept: Accept
  /** who sits at the terminal; their id is the chat's, too */
  readonly person: Person
  readonly now: Clock
  readonly colour: boolean
  /** columns */
  readonly width: number
  /** where files are read from and written to; default: the current folder */
  readonly folder?: string
  /** said in the person's name as soon as run() is called */
  readonly first?: string
}

export interface Terminal {
  readonly channel: Channel
  readonly decode: Decode
  /** Reads messages until the input ends, `/quit`, Ctrl-C or close(); resolves when all of them are committed. */
  run(): Promise<void>
  close(): void
}

const capabilities: Capabilities = {
  buttons: false,
  edit: false,
  delete: false,
  invoice: false,
  spoiler: false,
  copy: false,
  files: true,
  pictures: false,
  contact: false,
  textLength: 100_000,
}

/**
 * The shop in a terminal, for one person (SPEC X1, C11). `@path/to/file caption` hands in a file of up to 20 MB; a file
 * that the shop sends is written into the folder.
 */
export function createTerminal(options: TerminalOptions): Terminal {
  const { input, output, accept, person, now, colour, width, folder = process.cwd() } = options
  const words = wordsFor(person.language)
  let editor: Editor | undefined
  let closed = false
  let committed: Promise<void> = Promise.resolve()

  const print = (text: string) => {
    const block = `${text}\n\n`
    if (editor) editor.print(block)
    else output.write(block)
  }

  /** Hands in one message; what goes wrong is told to the person, who is the only one to act on it. */
  const take = async (text: string): Promise<void> => {
    const id = randomUUID()
    const at = now().toISOString()
    const request = fileRequest(text)
    try {
      const content: TypedContent = request
        ? await givenFile(request.path, request.caption, folder)
        : { kind: 'text', text }
      const payload: Payload = { id, person, at, content }
      await accept([{ externalId: id, chat: person.id, payload }])
    } catch (error) {
      print(explain(error, request?.path ?? '', words))
    }
  }

  const onMessage = (text: string) => {
    if (text === '/quit') editor?.close()
    else committed = committed.then(() => take(text))
  }

  const show = async (chat: string, screen: Screen): Promise<string> => {
    if (chat !== person.id || closed)
      throw new KeytillError('terminal.another', 'The person sits at another terminal, whose program will get to it.')
    const saved = screen.file && (await saveFile(screen.file, folder))
    const parts = [
      ...(screen.picture ? [words.picture(nameOf(screen.picture))] : []),
      ...(screen.text.length > 0 ? [printText(screen.text, { colour, width })] : []),
      ...(saved ? [words.saved(saved)] : []),
    ]
    print(parts.join('\n'))
    return randomUUID()
  }

  return {
    channel: {
      name: 'terminal',
      capabilities,
      send: show,
      edit: (chat, _messageId, screen) => show(chat, screen),
      remove: async () => false,
      async acknowledge(event, toast) {
        if (toast?.text) await show(event.chat, { text: [toast.text] })
      },
    },
    decode,
    async run() {
      editor = openEditor({ input, output, onMessage, pasted: words.pasted })
      if (options.first) onMessage(options.first)
      await editor.ended
      await committed
    },
    close() {
      closed = true
      editor?.close()
    },
  }
}

async function givenFile(path: string, caption: string, folder: string): Promise<TypedContent> {
  const { name, mime, bytes } = await readGivenFile(path, folder)
  return { kind: 'file', caption, name, mime, data: Buffer.from(bytes).toString('base64') }
}

function explain(error: unknown, path: string, words: Words): string {
  if (hasCode(error, 'terminal.file_missing')) return words.missing(path)
  if (hasCode(error, 'terminal.file_unreadable')) return words.unreadable(path)
  if (hasCode(error, 'chat.file_too_large')) return words.tooLarge(path, FILE_LIMIT / 1024 / 1024)
  return words.notTaken
}

const nameOf = (picture: Picture): string => ('url' in picture ? picture.url : picture.id)
