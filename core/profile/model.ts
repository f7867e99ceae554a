import { z } from 'zod'

/** What the owner may set of the shop itself, each with its default. A text may differ by language. */
export const profileSchema = z.object({
  name: z.string().trim().min(1).max(60).default('keytill'),
  'name.zh': z.string().trim().max(60).optional(),
  'name.en': z.string().trim().max(60).optional(),
  welcome: z.string().trim().max(1000).default(''),
  'welcome.zh': z.string().trim().max(1000).optional(),
  'welcome.en': z.string().trim().max(1000).optional(),
  terms: z.string().trim().max(3000).default(''),
  'terms.zh': z.string().trim().max(3000).optional(),
  'terms.en': z.string().trim().max(3000).optional(),
  /** `off`, or what buyers are told while the shop is closed */
  closed: z.string().trim().max(300).default('off'),
  /** minutes an unpaid order keeps its keys */
  reservation: z.coerce.number().int().min(1).max(1440).default(15),
  /** hours within which a held order is promised to be decided */
  promise: z.coerce.number().int().min(1).max(168).default(12),
  /** what becomes of a held order that nobody has decided about by then: it is left to staff, delivered, or refunded */
  overdue: z.enum(['leave', 'approve', 'reject']).default('leave'),
  /** hours within which a one-time link can be opened */
  link: z.coerce.number().int().min(1).max(720).default(168),
  /** how far the shop's own time is ahead of UTC, in hours */
  timezone: z.coerce.number().min(-12).max(14).multipleOf(0.25).default(8),
  /** hours of the shop's own day in which nothing of the marketing kind is sent: `22-9`, or `off` */
  quiet: z
    .string()
    .trim()
    .regex(/^(off|(\d|1\d|2[0-3])-(\d|1\d|2[0-3]))$/i)
    .toLowerCase()
    .default('22-9'),
  /** hours after their keys were first shown that buyers are asked how it went; 0: never */
  feedback: z.coerce.number().int().min(0).max(720).default(24),
})

export type Profile = z.infer<typeof profileSchema>
export type ProfileField = keyof Profile
export const PROFILE_FIELDS = Object.keys(profileSchema.shape) as ProfileField[]

/** A text of the profile in a language, or the one for all. */
export function profileText(profile: Profile, field: 'name' | 'welcome' | 'terms', language: 'zh' | 'en'): string {
  return profile[`${field}.${language}`] || profile[field]
}

/** What buyers are told when the shop is closed; undefined when it is open. */
export function closedText(profile: Profile): string | undefined {
  return profile.closed === 'off' || profile.closed === '' ? undefined : profile.closed
}
