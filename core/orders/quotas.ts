import { z } from 'zod'
import { recordAudit } from '../audit/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { KeytillError } from '../platform/errors.ts'
import { remember } from '../platform/remember.ts'
import { levelOf, type Standing, type TrustLevel } from './quota.ts'
import * as store from './store.ts'

export type QuotaField = Exclude<keyof TrustLevel, 'name' | 'rank'>

const whole = (least: number, most = 1_000_000) =>
  z
    .string()
    .trim()
    .regex(/^[0-9]{1,7}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most))

/** The figures of a level, as a person types them. */
const FIGURES: Readonly<Record<QuotaField, z.ZodType<number, string>>> = {
  openOrders: whole(1),
  openUnits: whole(1),
  productUnits: whole(1),
  stockPercent: z
    .string()
    .transform((typed) => typed.replace(/[%％]\s*$/, ''))
    .pipe(whole(0, 100)),
  alwaysUnits: whole(0),
  minPaid: whole(0),
  maxExpired: whole(0),
}
export const QUOTA_FIELDS = Object.keys(FIGURES) as QuotaField[]

/** The figures of a level that may be changed: the lowest is for whoever meets no other, so nothing leads to it. */
export function fieldsOf(level: TrustLevel, levels: readonly TrustLevel[]): readonly QuotaField[] {
  const isLowest = levels.every(({ rank }) => rank >= level.rank)
  return isLowest ? QUOTA_FIELDS.filter((field) => field !== 'minPaid' && field !== 'maxExpired') : QUOTA_FIELDS
}

/** A buyer's figures, and the level that these or staff's word lead to. */
export interface StandingNow extends Standing {
  readonly level: TrustLevel | undefined
}

/** What buyers may keep from others without paying, by how far they are trusted (SPEC F8). */
export interface Quotas {
  /** The levels, lowest first: as they are, or were up to a second ago when another process changed them. */
  levels(): Promise<readonly TrustLevel[]>
  /** Changes one figure, for orders from now on. @throws KeytillError `quota.level`, `quota.field`, `quota.value` */
  set(actor: string, level: string, field: string, value: string): Promise<TrustLevel>
  /** How a buyer stands now. @throws KeytillError `quota.customer` */
  standingOf(customerId: number): Promise<StandingNow>
  /** Puts a buyer on a level whatever their figures; undefined: by their figures again. @throws KeytillError `quota.level`, `quota.customer` */
  trust(actor: string, customerId: number, level: string | undefined): Promise<void>
}

/** How long levels are remembered, in ms: every order reads them, and staff seldom change them. */
const LIFE = 1000

export function createQuotas(db: Database, clock: Clock): Quotas {
  const remembered = remember(LIFE, () => store.levels(db))

  async function known(name: string): Promise<TrustLevel> {
    const levels = await remembered.read()
    const level = levels.find((candidate) => candidate.name === name)
    if (level) return level
    const names = levels.map((candidate) => candidate.name).join(', ')
    throw new KeytillError('quota.level', `There is no such level. Levels: ${names}.`)
  }

  return {
    levels: remembered.read,
    async set(actor, name, wanted, typed) {
      const level = await known(name)
      const fields = fieldsOf(level, await remembered.read())
      const field = fields.find((candidate) => candidate === wanted)
      if (!field) throw new KeytillError('quota.field', `There is no such figure. Figures: ${fields.join(', ')}.`)
      const value = FIGURES[field].safeParse(typed).data
      if (value === undefined) throw new KeytillError('quota.value', 'That is not a whole number within its bounds.')
      const changed = await db.transaction(async (sql) => {
        const after = await store.setFigure(sql, name, field, value)
        await recordAudit(sql, clock(), {
          actor,
          action: 'quota.set',
          subject: `quota:${name}`,
          data: { field, value },
        })
        return after
      })
      remembered.forget()
      return changed
    },
    async standingOf(customerId) {
      const standing = await store.standingOf(db, customerId)
      if (!standing) throw unknownCustomer()
      return { ...standing, level: levelOf(standing, await remembered.read()) }
    },
    async trust(actor, customerId, level) {
      if (level !== undefined) await known(level)
      await db.transaction(async (sql) => {
        const pseudonym = await store.setTrust(sql, customerId, level)
        if (pseudonym === undefined) throw unknownCustomer()
        await recordAudit(sql, clock(), {
          actor,
          action: 'customer.trusted',
          subject: `customer:${pseudonym}`,
          data: { level: level ?? null },
        })
      })
    },
  }
}

const unknownCustomer = () => new KeytillError('quota.customer', 'There is no such customer.')
