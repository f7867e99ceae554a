import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { PASTE_OFF, PASTE_ON, PasteFilter } from './paste.ts'

const PROMPT = '> '
const CONTINUED = '… '

/** How long an unanswered message hides the prompt, in ms. */
const PATIENCE = 2000

export interface EditorOptions {
  readonly input: Readable
  readonly output: Writable
  /** told of each message, in the order they were typed */
  readonly onMessage: (text: string) => void
  /** what stands for a pasted text of several lines */
  readonly pasted: (number: number, lines: number) => string
}

export interface Editor {
  /** Prints above the line that is being typed, and shows the prompt again. */
  print(text: string): void
  /** Resolves when there is no more to come: the end of the input, Ctrl-C, Ctrl-D or close(). */
  readonly ended: Promise<void>
  close(): void
}

/**
 * Reads messages line by line. On a terminal a paste is one message, however many lines it has; a line that ends in a
 * backslash goes on in the next one everywhere.
 */
export function openEditor({ input, output, onMessage, pasted }: EditorOptions): Editor {
  const terminal = isTerminal(input) && isTerminal(output)
  const pastes = new Map<string, string>()
  const source = terminal ? filtered(input, (text) => standIn(text, pastes, pasted)) : input
  const lines = createInterface({ input: source, output, terminal, prompt: '' })
  let begun: string[] = []
  let patience: NodeJS.Timeout | undefined
  let closed = false
  let ended = () => {}
  const end = new Promise<void>((resolve) => {
    ended = resolve
  })

  const prompt = (text: string) => {
    clearTimeout(patience)
    if (!terminal || closed) return
    lines.setPrompt(text)
    lines.prompt(true)
  }
  const submit = () => {
    const text = begun.join('\n').trim()
    begun = []
    if (text === '') return prompt(PROMPT)
    lines.setPrompt('')
    // An answer may never come; the person is not left without a prompt.
    patience = setTimeout(() => prompt(PROMPT), PATIENCE)
    patience.unref()
    onMessage(withPastes(text, pastes))
  }

  lines.on('line', (line) => {
    // readline goes on with the lines it has read when it is closed
    if (closed) return
    clearTimeout(patience)
    if (line.endsWith('\\')) {
      begun.push(line.slice(0, -1))
      return prompt(CONTINUED)
    }
    begun.push(line)
    submit()
  })
  lines.on('SIGINT', () => {
    begun = []
    lines.close()
  })
  lines.on('close', () => {
    if (begun.length > 0) submit()
    closed = true
    clearTimeout(patience)
    if (terminal) {
      output.write(`${PASTE_OFF}\n`)
      input.unpipe()
      input.pause()
    }
    ended()
  })
  if (terminal) output.write(PASTE_ON)
  prompt(PROMPT)

  return {
    print(text) {
      if (terminal && !closed) makeRoom(lines, output, text)
      else output.write(text)
      prompt(begun.length > 0 ? CONTINUED : PROMPT)
    },
    ended: end,
    close: () => lines.close(),
  }
}

/** Writes where the line being typed stands, which the prompt then draws again below. */
function makeRoom(lines: Interface, output: Writable, text: string): void {
  const { rows } = lines.getCursorPos()
  moveCursor(output, 0, -rows)
  cursorTo(output, 0)
  clearScreenDown(output)
  output.write(text)
  // readline would climb as many rows as it remembers, which after fast input are not those the cursor was down
  Object.assign(lines, { prevRows: 0 })
}

const isTerminal = (stream: Readable | Writable): boolean => 'isTTY' in stream && stream.isTTY === true

/** The keys of a terminal without its pastes; still a terminal to readline, which switches it to raw mode. */
function filtered(input: Readable, replace: (text: string) => string): Readable {
  const filter = new PasteFilter(replace)
  const setRawMode = (mode: boolean) => {
    if ('setRawMode' in input && typeof input.setRawMode === 'function') input.setRawMode(mode)
  }
  return Object.assign(input.pipe(filter), { isTTY: true, setRawMode })
}

/** One line goes into the line as if it were typed; several are kept aside, and only a name for them is shown. */
function standIn(text: string, pastes: Map<string, string>, pasted: EditorOptions['pasted']): string {
  const whole = text.replace(/\r\n?/g, '\n').replace(/\n+$/, '')
  if (!whole.includes('\n')) return whole.replace(/\p{Cc}/gu, ' ')
  const name = pasted(pastes.size + 1, whole.split('\n').length)
  pastes.set(name, whole)
  return name
}

/** The message with the pasted texts in the places of their names. */
function withPastes(text: string, pastes: Map<string, string>): string {
  let whole = text
  for (const [name, content] of pastes) whole = whole.replaceAll(name, () => content)
  pastes.clear()
  return whole
}
