import { buyer } from './en/buyer.ts'
import { staff } from './en/staff.ts'
import type { Texts } from './texts.ts'

export const en: Texts = { buyer, staff }
