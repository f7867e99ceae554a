import { recordAudit } from '../audit/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { KeytillError } from '../platform/errors.ts'
import { remember } from '../platform/remember.ts'
import { PROFILE_FIELDS, type Profile, type ProfileField, profileSchema } from './model.ts'
import { readAll, write } from './store.ts'

export interface Profiles {
  read(): Promise<Profile>
  /** Sets one field. @throws KeytillError `profile.field` for an unknown field, `profile.value` when the value does not fit */
  set(actor: string, field: string, value: string): Promise<Profile>
}

/** How long the profile is remembered, in ms: a change made by another process counts after that. */
const LIFE = 1000

export function createProfiles(db: Database, clock: Clock): Profiles {
  const profile = remember(LIFE, async () => profileSchema.parse(await readAll(db)))
  return {
    read: profile.read,
    async set(actor, field, value) {
      if (!(PROFILE_FIELDS as string[]).includes(field))
        throw new KeytillError('profile.field', `There is no field ${field}. Fields: ${PROFILE_FIELDS.join(', ')}.`)
      const parsed = profileSchema.shape[field as ProfileField].safeParse(value)
      if (!parsed.success) throw new KeytillError('profile.value', parsed.error.issues[0]?.message ?? 'does not fit')
      await db.transaction(async (sql) => {
        await write(sql, field, parsed.data, clock())
        await recordAudit(sql, clock(), {
          actor,
          action: 'profile.set',
          subject: `profile:${field}`,
          data: { value: parsed.data },
        })
      })
      profile.forget()
      return profile.read()
    },
  }
}
