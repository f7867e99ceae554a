import type { StaffRole } from '../../../core/customers/model.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { readKeyName } from './key-name.ts'

type Permission =
  /** whoever is staff */
  | 'any'
  | 'catalog.read'
  | 'catalog.write'
  | 'stock.read'
  | 'stock.import'
  | 'keys.read'
  | 'history.read'
  | 'keys.write'
  | 'orders.read'
  | 'orders.resend'
  | 'orders.review'
  | 'orders.refund'
  | 'tickets.read'
  | 'tickets.answer'
  | 'tickets.figures'
  | 'tickets.manage'
  | 'complaints.replace'
  | 'complaints.reject'
  | 'claims.read'
  | 'claims.write'
  | 'shop.read'
  | 'shop.write'
  | 'risk.read'
  | 'risk.write'
  | 'books.read'
  | 'jobs.manage'

const ALL: readonly StaffRole[] = ['owner', 'manager', 'stock', 'finance', 'support', 'auditor']

/** Who holds which permission. An auditor only reads. */
export const ROLES: Readonly<Record<Permission, readonly StaffRole[]>> = {
  any: ALL,
  'catalog.read': ['owner', 'manager', 'stock', 'auditor'],
  'catalog.write': ['owner', 'manager', 'stock'],
  'stock.read': ['owner', 'manager', 'stock', 'auditor'],
  'stock.import': ['owner', 'manager', 'stock'],
  'keys.read': ['owner', 'manager', 'stock', 'auditor'],
  'history.read': ['owner', 'manager', 'stock', 'support', 'auditor'],
  'keys.write': ['owner', 'manager', 'stock'],
  'orders.read': ['owner', 'manager', 'finance', 'support', 'auditor'],
  'orders.resend': ['owner', 'manager', 'support'],
  'orders.review': ['owner', 'manager', 'finance'],
  'orders.refund': ['owner', 'manager', 'finance'],
  'tickets.read': ['owner', 'manager', 'support', 'auditor'],
  'tickets.answer': ['owner', 'manager', 'support'],
  'tickets.figures': ['owner', 'manager'],
  'tickets.manage': ['owner', 'manager', 'support'],
  'complaints.replace': ['owner', 'manager', 'support'],
  'complaints.reject': ['owner', 'manager', 'support'],
  'claims.read': ['owner', 'manager', 'stock', 'finance', 'auditor'],
  'claims.write': ['owner', 'manager', 'finance'],
  'shop.read': ['owner', 'manager', 'auditor'],
  'shop.write': ['owner', 'manager'],
  'risk.read': ['owner', 'manager', 'finance', 'auditor'],
  'risk.write': ['owner', 'manager'],
  'books.read': ['owner', 'manager', 'finance', 'auditor'],
  'jobs.manage': ['owner', 'manager'],
}

/**
 * What each command, verb of a button and question needs. A command whose first word decides is named with it
 * (`shop set`), or with `*` for any, which counts before the command alone.
 */
export const NEEDS: Readonly<Record<string, Permission>> = {
  staff: 'any',
  's-menu': 'any',
  's-help': 'any',

  product: 'catalog.read',
  'product add': 'catalog.write',
  'product set': 'catalog.write',
  's-products': 'catalog.read',
  's-product': 'catalog.read',
  's-add': 'catalog.write',
  's-shelf': 'catalog.write',
  's-demo': 'catalog.write',
  's-change': 'catalog.write',
  's-field': 'catalog.write',
  's-picture': 'catalog.write',

  import: 'stock.import',
  's-imports': 'stock.import',
  's-import': 'stock.import',
  's-import-lines': 'stock.import',
  's-import-yes': 'stock.import',
  's-import-no': 'stock.import',

  stock: 'stock.read',
  's-stock': 'stock.read',

  freeze: 'keys.write',
  unfreeze: 'keys.write',
  void: 'keys.write',
  's-key-ask': 'keys.read',
  's-key-find': 'keys.read',
  's-key-freeze': 'keys.write',
  's-key-unfreeze': 'keys.write',
  's-key-void': 'keys.write',
  's-key': 'keys.read',
  's-units': 'keys.read',
  's-freeze': 'keys.write',
  's-unfreeze': 'keys.write',
  's-void': 'keys.write',
  's-void-yes': 'keys.write',

  order: 'orders.read',
  's-find': 'orders.read',
  's-order': 'orders.read',
  resend: 'orders.resend',
  's-resend': 'orders.resend',

  held: 'orders.read',
  's-held': 'orders.read',
  approve: 'orders.review',
  's-approve': 'orders.review',
  reject: 'orders.review',
  's-reject': 'orders.review',
  refund: 'orders.refund',
  's-refund': 'orders.refund',
  's-refund-yes': 'orders.refund',
  's-retry': 'orders.refund',
  's-payment': 'orders.read',
  's-retry-payment': 'orders.refund',
  's-credit': 'orders.refund',
  's-credit-yes': 'orders.refund',
  's-by-hand': 'orders.refund',
  's-by-hand-yes': 'orders.refund',

  wallet: 'orders.read',
  's-wallet': 'orders.read',

  shop: 'any',
  'shop set': 'shop.write',
  's-profile': 'shop.read',
  's-profile-set': 'shop.write',
  's-open': 'shop.write',

  risk: 'risk.read',
  'risk *': 'risk.write',
  's-risk': 'risk.read',
  's-rule': 'risk.write',
  's-rule-off': 'risk.write',

  quotas: 'risk.read',
  'quotas *': 'risk.write',
  's-quotas': 'risk.read',
  's-quota': 'risk.read',
  's-quota-set': 'risk.write',

  trust: 'risk.write',
  's-trust': 'risk.write',
  's-trust-set': 'risk.write',

  reconcile: 'books.read',
  's-books': 'books.read',
  's-books-again': 'books.read',

  jobs: 'jobs.manage',
  's-jobs': 'jobs.manage',
  's-job': 'jobs.manage',
  's-job-retry': 'jobs.manage',
  's-jobs-retry': 'jobs.manage',
  's-job-drop': 'jobs.manage',
  's-job-drop-yes': 'jobs.manage',

  ticket: 'tickets.read',
  tickets: 'tickets.read',
  's-ticket': 'tickets.read',
  's-tickets': 'tickets.read',
  's-ticket-close': 'tickets.answer',
  's-reply': 'tickets.answer',
  's-ticket-picture': 'tickets.read',
  's-ticket-figures': 'tickets.figures',
  's-note': 'tickets.answer',
  's-take': 'tickets.answer',
  's-release': 'tickets.answer',
  's-give': 'tickets.answer',
  's-give-to': 'tickets.answer',

  answers: 'tickets.read',
  'answers *': 'tickets.manage',
  's-answers': 'tickets.read',
  's-answer': 'tickets.read',
  's-answer-drop': 'tickets.manage',
  's-canned': 'tickets.answer',
  's-canned-use': 'tickets.answer',
  's-canned-send': 'tickets.answer',

  's-complaints': 'tickets.read',
  's-complaint': 'tickets.read',
  's-replace': 'complaints.replace',
  's-replace-yes': 'complaints.replace',
  's-refund-keys': 'orders.refund',
  's-refund-keys-yes': 'orders.refund',
  's-refund-all': 'orders.refund',
  's-refund-all-yes': 'orders.refund',
  's-reject-keys': 'complaints.reject',

  key: 'keys.read',
  's-history': 'history.read',
  's-used': 'keys.write',
  's-unused': 'keys.write',
  batch: 'keys.read',
  's-batches': 'keys.read',
  's-batch': 'keys.read',
  's-batch-keys': 'keys.read',
  's-batch-supplier': 'stock.import',

  claims: 'claims.read',
  's-claims': 'claims.read',
  's-supplier': 'claims.read',
  's-claims-csv': 'claims.read',
  's-claim': 'claims.read',
  's-claim-accept': 'claims.write',
  's-claim-reopen': 'claims.write',
  's-claim-refuse': 'claims.write',
  's-claim-refuse-yes': 'claims.write',
  's-claim-settle': 'claims.write',
}

const byText = (text: string): boolean => text.trim() !== '' && 'text' in readKeyName(text).name

/** What may hold keys when it comes in: its message is deleted, whatever becomes of it. */
export const HOLDS_KEYS: Readonly<Record<string, (text: string) => boolean>> = {
  import: (argument) => /\s/.test(argument.trim()),
  's-import-lines': () => true,
  key: byText,
  freeze: byText,
  unfreeze: byText,
  void: byText,
  's-key-find': byText,
  's-key-freeze': byText,
  's-key-unfreeze': byText,
  's-key-void': byText,
}

/**
 * Who may do what is named so.
 * @throws KeytillError `staff.unknown_route` when the table does not name it: a mistake of ours, never of a person
 */
export function whoMay(name: string, argument = ''): readonly StaffRole[] {
  const [word = ''] = argument.trim().toLowerCase().split(/\s/, 1)
  const permission = NEEDS[`${name} ${word}`] ?? (word === '' ? undefined : NEEDS[`${name} *`]) ?? NEEDS[name]
  if (permission === undefined) throw new KeytillError('staff.unknown_route', `No permission is set for ${name}.`)
  return ROLES[permission]
}
