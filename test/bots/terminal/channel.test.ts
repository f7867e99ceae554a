import { EventEmitter, once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatEvent, Incoming } from '../../../bots/dialogue/channel.ts'
import { bold, type Screen } from '../../../bots/dialogue/screen.ts'
import { createTerminal, type TerminalOptions } from '../../../bots/terminal/channel.ts'
import { FILE_LIMIT } from '../../../bots/terminal/files.ts'
import { fakeTerminal } from './tty.ts'

const now = new Date('2026-11-02T03:04:05Z')
const person = { id: 'me', name: 'Ann', language: 'en' }
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytill-terminal-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A terminal on `streams`, and what was handed in. */
function sit(streams: Pick<TerminalOptions, 'input' | 'output'>, options: Partial<TerminalOptions> = {}) {
  const heard: Incoming[] = []
  const news = new EventEmitter()
  const terminal = createTerminal({
    ...streams,
    accept: async (items) => {
      heard.push(...items)
      news.emit('heard')
    },
    person,
    now: () => now,
    colour: false,
    width: 40,
    folder,
    ...options,
  })
  const event = (index: number): ChatEvent | undefined =>
    terminal.decode(JSON.parse(JSON.stringify(heard[index]?.payload)))
  return {
    ...terminal,
    heard,
    event,
    texts: () => heard.map((_item, index) => event(index)?.content),
    until: async (count: number) => {
      while (heard.length < count) await once(news, 'heard')
    },
    show: (text: string, rest: Partial<Screen> = {}) => terminal.channel.send('me', { text: [text], ...rest }, 'reply'),
  }
}

/** A terminal whose input is a pipe that holds `text`, run to its end. */
async function piped(text: string, options: Partial<TerminalOptions> = {}) {
  const input = new PassThrough()
  const output = new PassThrough({ encoding: 'utf8' })
  const terminal = sit({ input, output }, options)
  const ran = terminal.run()
  input.end(text)
  await ran
  return { ...terminal, printed: () => String(output.read() ?? '') }
}

const text = (value: string) => ({ kind: 'text', text: value })

describe('a pipe', () => {
  it('takes each line for a message of the person, until the end', async () => {
    const { heard, event, texts, printed } = await piped('/start\n\n  你好 \r\n2')
    expect(texts()).toEqual([text('/start'), text('你好'), text('2')])
    expect(event(1)).toEqual({
      id: heard[1]?.externalId,
      chat: 'me',
      private: true,
      person,
      at: now,
      content: text('你好'),
    })
    expect(new Set(heard.map((item) => item.externalId)).size).toBe(3)
    expect(heard.map((item) => item.chat)).toEqual(['me', 'me', 'me'])
    expect(printed()).toBe('')
  })

  it('goes on with a line that ends in a backslash', async () => {
    const { texts } = await piped('/import GAME\\\nA-1\\\nA-2\nnext\nlast\\\n')
    expect(texts()).toEqual([text('/import GAME\nA-1\nA-2'), text('next'), text('last')])
  })

  it('ends at /quit, with what came before committed', async () => {
    const { texts } = await piped('1\n/quit\n2\n')
    expect(texts()).toEqual([text('1')])
  })

  it('says the first message by itself', async () => {
    const { texts } = await piped('1\n', { first: '/start' })
    expect(texts()).toEqual([text('/start'), text('1')])
  })

  it('tells the person when a message was not taken in, and goes on', async () => {
    const taken: string[] = []
    const { printed } = await piped('one\ntwo\n', {
      accept: async ([item]) => {
        if (taken.push(item?.externalId ?? '') === 1) throw new Error('no database: one')
      },
    })
    expect(taken).toHaveLength(2)
    expect(printed()).toBe('That was not taken in. Please send it again.\n\n')
  })

  it('makes nothing of a payload that is none of its own', async () => {
    const { decode } = await piped('')
    expect(decode({ id: 7 })).toBeUndefined()
  })
})

describe('files', () => {
  it('hands in a file with its caption', async () => {
    writeFileSync(join(folder, 'keys.csv'), 'A-1\n')
    writeFileSync(join(folder, 'my keys.txt'), 'B-1\n')
    writeFileSync(join(folder, 'shot.PNG'), 'png')
    const { event } = await piped('@keys.csv /import GAME\n@"my keys.txt"\n@my\\ keys.txt  x y\n@shot.PNG\n')
    const content = event(0)?.content
    if (content?.kind !== 'file') throw new Error('not a file')
    expect(content).toMatchObject({ caption: '/import GAME', file: { name: 'keys.csv', mime: 'text/csv', size: 4 } })
    expect((await content.file.load(4)).toString()).toBe('A-1\n')
    await expect(content.file.load(3)).rejects.toMatchObject({ code: 'chat.file_too_large' })
    expect(event(1)?.content).toMatchObject({ caption: '', file: { name: 'my keys.txt' } })
    expect(event(2)?.content).toMatchObject({ caption: 'x y', file: { name: 'my keys.txt' } })
    expect(event(3)?.content).toMatchObject({ kind: 'picture', picture: { name: 'shot.PNG', mime: 'image/png' } })
  })

  it('says what is wrong with one that is missing, too large or a folder', async () => {
    writeFileSync(join(folder, 'huge.csv'), '')
    truncateSync(join(folder, 'huge.csv'), FILE_LIMIT + 1)
    writeFileSync(join(folder, 'full.csv'), '')
    truncateSync(join(folder, 'full.csv'), FILE_LIMIT)
    const { texts, printed } = await piped('@nowhere.csv\n@huge.csv\n@.\n@full.csv\n')
    expect(printed().trim().split('\n\n')).toEqual([
      expect.stringContaining('no file nowhere.csv'),
      expect.stringContaining('huge.csv is larger than 20 MB'),
      expect.stringContaining('. cannot be read'),
    ])
    expect(texts()).toMatchObject([{ kind: 'file', file: { name: 'full.csv', size: FILE_LIMIT } }])
  })

  it('speaks Chinese to a Chinese terminal', async () => {
    const { printed } = await piped('@nowhere.csv\n', { person: { ...person, language: 'zh-CN' } })
    expect(printed()).toContain('找不到文件 nowhere.csv')
  })

  it('saves a file for its owner alone, replaces none and leaves the folder to none', async () => {
    const { show, printed } = await piped('')
    const file = (name: string, content: string) => ({
      file: { name, mime: 'text/plain', bytes: Buffer.from(content) },
    })
    await show('Your keys', file('keys.txt', 'one'))
    await show('Again', file('keys.txt', 'two'))
    await show('Evil', file('../../.bashrc', 'three'))
    expect(readdirSync(folder).sort()).toEqual(['_.._.bashrc', 'keys-1.txt', 'keys.txt'].sort())
    expect(readFileSync(join(folder, 'keys.txt'), 'utf8')).toBe('one')
    expect(readFileSync(join(folder, 'keys-1.txt'), 'utf8')).toBe('two')
    expect(statSync(join(folder, 'keys.txt')).mode & 0o777).toBe(0o600)
    expect(printed()).toContain(`Your keys\nSaved as ${join(folder, 'keys.txt')}\n\n`)
  })

  it('fails when the folder cannot be written to', async () => {
    const { show } = await piped('', { folder: join(folder, 'missing') })
    const sent = show('Keys', { file: { name: 'keys.txt', mime: 'text/plain', bytes: Buffer.from('K') } })
    await expect(sent).rejects.toMatchObject({ code: 'terminal.not_saved' })
  })
})

describe('the channel', () => {
  it('prints screens, edited ones and toasts one after the other', async () => {
    const { channel, event, printed } = await piped('1\n')
    const first = await channel.send('me', { text: [bold('Shop'), '\n1 Buy'] }, 'reply')
    const second = await channel.edit('me', first, { text: ['Sold'], picture: { url: 'https://x.org/a.png' } }, 'reply')
    expect(second).not.toBe(first)
    const pressed = event(0)
    if (!pressed) throw new Error('no event')
    await channel.acknowledge(pressed)
    await channel.acknowledge(pressed, { text: 'Done' })
    expect(await channel.remove('me', first)).toBe(false)
    expect(printed()).toBe('Shop\n1 Buy\n\n[picture: https://x.org/a.png]\nSold\n\nDone\n\n')
  })

  it('reaches nobody else, and nobody once it is closed', async () => {
    const { channel, show, close } = await piped('')
    const other = channel.send('you', { text: ['hi'] }, 'notice')
    await expect(other).rejects.toMatchObject({ code: 'terminal.another' })
    close()
    await expect(show('hi')).rejects.toMatchObject({ code: 'terminal.another' })
  })
})

describe('a terminal', () => {
  it('hides the prompt until the answer is there', async () => {
    const tty = fakeTerminal(40)
    const { run, until, show, close, texts } = sit(tty)
    const ran = run()
    await tty.until(/^>$/)
    tty.type('/start\r')
    await until(1)
    expect(tty.screen()).toBe('> /start\n')
    await show('Welcome\n1 Shop')
    expect(tty.screen()).toBe('> /start\nWelcome\n1 Shop\n\n>')
    close()
    await ran
    expect(texts()).toEqual([text('/start')])
  })

  it('shows the prompt again when no answer comes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const tty = fakeTerminal(40)
      const { run, until, close } = sit(tty)
      const ran = run()
      tty.type('hm\r')
      await until(1)
      expect(tty.screen()).toBe('> hm\n')
      vi.advanceTimersByTime(2000)
      expect(tty.screen()).toBe('> hm\n>')
      close()
      await ran
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    ['a short line', 'abc', 'abc', 5],
    ['a line over three rows', `${'x'.repeat(30)}`, 'xxxxxxxxxx\nxxxxxxxxxxxx\nxxxxxxxx', 8],
    ['Chinese', '我要买两张卡', '我要买两张\n卡', 2],
  ])('puts a notice above %s that is being typed', async (_name, typed, drawn, column) => {
    const tty = fakeTerminal(12)
    const { run, show, close, until, texts } = sit(tty)
    const ran = run()
    tty.type(typed)
    await tty.until(new RegExp(`^> ${drawn}$`))
    await show('Paid')
    await show('Sent')
    expect(tty.screen()).toBe(`Paid\n\nSent\n\n> ${drawn}`)
    expect(tty.cursor().column).toBe(column)
    tty.type('!\r')
    await until(1)
    expect(texts()).toEqual([text(`${typed}!`)])
    close()
    await ran
  })

  it('takes a paste for one message, whatever its size and however it arrives', async () => {
    const tty = fakeTerminal(60)
    const { run, until, close, texts } = sit(tty)
    const ran = run()
    const keys = Array.from({ length: 5000 }, (_, n) => `KEY-${n}-卡`)
    const sent = Buffer.from(`/import GAME \u001B[200~${keys.join('\r')}\r\u001B[201~`)
    const middle = sent.indexOf('卡') + 1
    for (const part of [sent.subarray(0, 15), sent.subarray(15, middle), sent.subarray(middle, -3), sent.subarray(-3)])
      tty.input.write(part)
    await tty.until(/\[paste 1: 5000 lines\]$/)
    expect(tty.screen()).not.toContain('KEY-')
    tty.type(' \u001B[200~one line\n\u001B[201~\r')
    await until(1)
    expect(texts()).toEqual([text(`/import GAME ${keys.join('\n')} one line`)])
    close()
    await ran
  })

  it('asks for marked pastes and raw keys, and gives both back', async () => {
    const tty = fakeTerminal(40)
    const { run, close } = sit(tty)
    const ran = run()
    await tty.until(/>/)
    expect([tty.modes, tty.input.raw]).toEqual([['?2004h'], [true]])
    close()
    await ran
    expect([tty.modes, tty.input.raw]).toEqual([
      ['?2004h', '?2004l'],
      [true, false],
    ])
    expect(tty.input.isPaused()).toBe(true)
  })

  it.each([
    ['Ctrl-C', 'half\u0003'],
    ['Ctrl-D', '\u0004'],
    ['/quit', '/quit\r'],
  ])('ends at %s', async (_name, keys) => {
    const tty = fakeTerminal(40)
    const { run, heard } = sit(tty)
    const ran = run()
    tty.type(keys)
    await ran
    expect(heard).toEqual([])
    expect(tty.modes).toEqual(['?2004h', '?2004l'])
  })

  it('asks for more after a backslash', async () => {
    const tty = fakeTerminal(40)
    const { run, until, close, texts } = sit(tty)
    const ran = run()
    tty.type('one\\\r')
    await tty.until(/\n…$/)
    tty.type('two\r')
    await until(1)
    expect(texts()).toEqual([text('one\ntwo')])
    close()
    await ran
  })
})
