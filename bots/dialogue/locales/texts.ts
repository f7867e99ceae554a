import type { Language } from '../../../core/customers/model.ts'
import { en } from './en.ts'
import { zh } from './zh.ts'

/** Every text, by its place in the conversation. The Chinese file is the measure: what is missing in English does not compile. */
export type Texts = typeof zh

export const TEXTS: Readonly<Record<Language, Texts>> = { zh, en }
