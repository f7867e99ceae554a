import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import type { Accept, Channel as Adapter } from '../../../bots/dialogue/channel.ts'
import { createTerminal, type Terminal } from '../../../bots/terminal/channel.ts'
import { decode } from '../../../bots/terminal/payload.ts'
import { wordsFor } from '../../../bots/terminal/words.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { atEnd } from '../../stand/closing.ts'
import { type Channel, Chatter, numbered, numberOf } from '../channel.ts'
import { openProgram } from '../program.ts'
import { arrive } from './arrive.ts'

const can = {
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
  captions: true,
  waits: false,
}

/** One shop with a terminal for each person, on pipes. */
export async function openTerminal(): Promise<Channel> {
  const folder = mkdtempSync(join(tmpdir(), 'keytill-conversation-'))
  atEnd(async () => rmSync(folder, { recursive: true }))
  const chatters = new Map<string, TerminalChatter>()
  let accept: Accept | undefined
  const program = await openProgram(
    () => ({
      async open(_shop, acceptOf) {
        accept = acceptOf('terminal')
        for (const chatter of chatters.values()) chatter.sit(accept)
        const close = async () => {
          for (const chatter of chatters.values()) await chatter.rise()
        }
        return { channel: everyTerminal(chatters), decode, close }
      },
    }),
    { demo: 'on' },
  )
  return {
    name: 'terminal',
    can,
    program,
    async join(name, { language = 'en', owner = false } = {}) {
      const chatter = new TerminalChatter(folder, name, language, `${name}${chatters.size}`, can)
      chatters.set(chatter.chat, chatter)
      if (accept) chatter.sit(accept)
      await arrive(program, chatter, owner)
      return chatter
    },
  }
}

/** A program has one terminal; here each person's takes what is theirs. */
function everyTerminal(chatters: ReadonlyMap<string, TerminalChatter>): Adapter {
  const of = (chat: string): Adapter => {
    const channel = chatters.get(chat)?.terminal?.channel
    if (!channel) throw new KeytillError('chat.unreachable', 'Nobody sits at that terminal.')
    return channel
  }
  const { files, ...rest } = can
  return {
    name: 'terminal',
    capabilities: { ...rest, files },
    send: async (chat, screen, priority) => of(chat).send(chat, screen, priority),
    edit: async (chat, id, screen, priority) => of(chat).edit(chat, id, screen, priority),
    remove: async (chat, id) => of(chat).remove(chat, id),
    acknowledge: async (event, toast) => of(event.chat).acknowledge(event, toast),
  }
}

/** Someone at a terminal: types lines, reads what is printed. */
class TerminalChatter extends Chatter {
  terminal: Terminal | undefined
  private input = new PassThrough()
  private ran: Promise<void> = Promise.resolve()
  private files = 0
  private printed = 0

  constructor(
    private readonly folder: string,
    ...rest: ConstructorParameters<typeof Chatter>
  ) {
    super(...rest)
  }

  sit(accept: Accept): void {
    this.input = new PassThrough()
    const output = new Writable({
      decodeStrings: false,
      write: (block: string | Buffer, _encoding, done) => {
        this.read(block.toString())
        done()
      },
    })
    this.terminal = createTerminal({
      input: this.input,
      output,
      accept,
      person: { id: this.chat, name: this.name, language: this.language },
      now: () => new Date(),
      colour: false,
      width: 1000,
      folder: this.folder,
    })
    this.ran = this.terminal.run()
  }

  async rise(): Promise<void> {
    this.terminal?.close()
    await this.ran
  }

  override own(): undefined {
    return undefined
  }

  override forge(): Promise<never> {
    throw new Error('there are no buttons in a terminal')
  }

  protected override async hand(text: string): Promise<void> {
    // Several lines are one message when each but the last ends in a backslash.
    this.input.write(`${text.replaceAll('\n', '\\\n')}\n`)
  }

  protected override async handFile(name: string, bytes: Buffer, caption: string): Promise<void> {
    const path = join(this.folder, `${this.chat}-${++this.files}-${name}`)
    writeFileSync(path, bytes)
    await this.hand(`@"${path}" ${caption}`.trim())
  }

  protected override async push(messageId: string, label: string): Promise<void> {
    await this.hand(numberOf(this.sight.text(messageId), label))
  }

  private read(block: string): void {
    const text = block.replace(/\n\n$/, '')
    const saved = text.split('\n').find((line) => line.startsWith(wordsFor(this.language).saved(this.folder)))
    const path = saved && join(this.folder, basename(saved))
    this.sight.put(String(++this.printed), {
      text,
      buttons: numbered(text),
      copies: [],
      spoilers: [],
      ...(path ? { file: { name: basename(path), bytes: readFileSync(path) } } : {}),
    })
  }
}
