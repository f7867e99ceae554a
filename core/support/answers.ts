import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { statement } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import type { CannedAnswer } from './model.ts'
import { answersIn } from './policy.ts'

/** What staff answer often, kept by themselves. */
export interface CannedAnswers {
  /** All of them, by name and language. */
  all(): Promise<readonly CannedAnswer[]>
  /** Those for a buyer of this language. */
  for(language: string): Promise<readonly CannedAnswer[]>
  byId(id: number): Promise<CannedAnswer | undefined>
  /** Adds one, or changes the text of the one with this name and language. @throws KeytillError `answer.name`, `answer.text`, `answer.many` */
  put(staff: Customer, name: string, language: string, text: string): Promise<void>
  /** False when there is none. */
  drop(staff: Customer, id: number): Promise<boolean>
}

const MOST_TEXT = 2000
const MOST_ANSWERS = 100
const LANGUAGES = ['', 'zh', 'en']

const ALL = statement('answers-all', `SELECT id, name, language, text FROM canned_answer ORDER BY name, language`)
const PUT = statement(
  'answers-put',
  `INSERT INTO canned_answer (name, language, text) VALUES ($1, $2, $3) ON CONFLICT (name, language) DO UPDATE SET text = excluded.text`,
)
const DROP = statement('answers-drop', `DELETE FROM canned_answer WHERE id = $1 RETURNING name, language`)

export function createCannedAnswers(db: Database, clock: Clock): CannedAnswers {
  const all = () => db.rows<CannedAnswer>(ALL)
  return {
    all,
    for: async (language) => answersIn(await all(), language),
    byId: async (id) => (await all()).find((answer) => answer.id === id),
    async put(staff, name, language, text) {
      if (!/^[\p{L}\p{N}_-]{1,24}$/u.test(name) || !LANGUAGES.includes(language))
        throw new KeytillError('answer.name', 'A name has up to 24 letters, digits, - and _, and perhaps .zh or .en.')
      if (text.trim() === '' || text.length > MOST_TEXT)
        throw new KeytillError('answer.text', `An answer has 1 to ${MOST_TEXT} characters.`)
      if ((await all()).length >= MOST_ANSWERS)
        throw new KeytillError('answer.many', `There are ${MOST_ANSWERS} answers already: drop one first.`)
      await db.transaction(async (sql) => {
        await sql.rows(PUT, [name, language, text.trim()])
        const subject = `answer:${name}${language && `.${language}`}`
        await recordAudit(sql, clock(), { actor: staff.pseudonym, action: 'answer.put', subject })
      })
    },
    drop: (staff, id) =>
      db.transaction(async (sql) => {
        const [gone] = await sql.rows<{ name: string; language: string }>(DROP, [id])
        if (!gone) return false
        const subject = `answer:${gone.name}${gone.language && `.${gone.language}`}`
        await recordAudit(sql, clock(), { actor: staff.pseudonym, action: 'answer.dropped', subject })
        return true
      }),
  }
}
