import { buyer } from './zh/buyer.ts'
import { staff } from './zh/staff.ts'

export const zh = { buyer, staff }
