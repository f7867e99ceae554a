import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '../../core/platform/database/database.ts'
import { type Program, startProgram } from '../../scripts/bench/crash/program.ts'
import type { FakeTelegram } from '../fakes/telegram/server.ts'
import { runScript } from '../security/shop.ts'
import { atEnd } from '../stand/closing.ts'

/** A running program, as an operator has it. */
export interface Process extends Program {
  /** what it logged so far */
  log(): Promise<string>
}

/** What every process of one shop has in common. */
export interface Place {
  /** Starts `npm start` with these settings besides the common ones; it is killed when the test file ends. */
  start(settings: Readonly<Record<string, string>>): Process
  /** Runs one of the operator's scripts beside it. */
  run(script: string, ...args: string[]): Promise<{ readonly status: number | null; readonly output: string }>
}

/** A shop on this database, with a vault of its own. */
export async function openPlace(connection: Connection, common: Readonly<Record<string, string>> = {}): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'keytill-processes-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  let count = 0
  const own = { KEYTILL_DATA: join(folder, 'data'), DATABASE_URL: urlOf(connection) }
  return {
    start(settings) {
      const log = join(folder, `${count++}.log`)
      const program = startProgram({ log, settings: { ...own, HTTP_PORT: '0', ...common, ...settings } })
      atEnd(() => program.kill())
      return { ...program, log: () => readFile(log, 'utf8') }
    },
    async run(script, ...args) {
      const log = join(folder, `${count++}.log`)
      const status = await runScript(`scripts/${script}.ts`, args, own, log)
      return { status, output: await readFile(log, 'utf8') }
    },
  }
}

/** The address of a database, also where it is the folder of a socket. */
function urlOf(connection: Connection): string {
  if ('connectionString' in connection) return connection.connectionString
  const { host, port, user, database } = connection
  return `postgresql:///${database}?${new URLSearchParams({ host, port: String(port), user })}`
}

/** Someone on Telegram who says words, each of which the shop answers with a message of its own: there is no such product. */
export interface Talker {
  /** Says the next of `word 1`, `word 2` … without waiting for the answer. */
  say(): Promise<void>
  readonly said: number
  /** which words were answered, in the order of the answers */
  answers(): number[]
}

export function talker(fake: FakeTelegram, id: number): Talker {
  const person = fake.user({ id, first_name: `Talker ${id}`, language_code: 'en' })
  let said = 0
  return {
    get said() {
      return said
    },
    say: async () => void (await person.say(`word${++said}x`)),
    answers: () =>
      fake.messages(id).flatMap(({ from, text = '' }) => {
        const [, word] = (from.is_bot && /word(\d+)x/.exec(text)) || []
        return word === undefined ? [] : [Number(word)]
      }),
  }
}

/** `1 … n` */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1)
