import type { Customer } from '../../../core/customers/model.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import type { Permission } from '../../../core/staff/model.ts'
import { readKeyName } from './key-name.ts'

/** What a member of staff must hold; `any`: being one is enough. */
export type Need = Permission | 'any'

/**
 * What each command, verb of a button and question needs. A command whose first word decides is named with it
 * (`shop set`), or with `*` for any, which counts before the command alone.
 */
export const NEEDS: Readonly<Record<string, Need>> = {
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
  's-adjust': 'wallet.adjust',
  's-adjust-yes': 'wallet.adjust',
  's-wallet': 'orders.read',

  shop: 'any',
  'shop set': 'shop.write',
  's-profile': 'shop.read',
  's-profile-set': 'shop.write',
  's-open': 'shop.write',

  risk: 'risk.read',
  'risk *': 'risk.write',
  'risk try': 'risk.read',
  's-risk': 'risk.read',
  's-rule': 'risk.read',
  's-rule-set': 'risk.write',
  's-rule-off': 'risk.write',
  's-rule-on': 'risk.write',
  's-rule-undo': 'risk.write',
  's-rule-try': 'risk.read',

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

  buyer: 'orders.read',
  's-buyer': 'orders.read',
  's-buyer-orders': 'orders.read',
  's-pass': 'risk.write',
  refused: 'orders.read',
  's-refused': 'orders.read',

  block: 'risk.write',
  's-block': 'risk.write',
  's-block-for': 'risk.write',
  blocked: 'risk.read',
  's-blocked': 'risk.read',
  's-blocked-one': 'risk.read',
  's-unblock': 'risk.write',
  's-keep': 'risk.write',

  team: 'team.read',
  's-team': 'team.read',
  's-member': 'team.read',
  's-member-role': 'team.write',
  's-member-role-set': 'team.write',
  's-suspend': 'team.write',
  's-suspend-yes': 'team.write',
  's-reinstate': 'team.write',
  's-remove': 'team.write',
  's-remove-yes': 'team.write',
  invite: 'team.write',
  's-invite': 'team.write',
  's-invite-make': 'team.write',
  's-invitations': 'team.read',
  's-invite-revoke': 'team.write',
  roles: 'team.read',
  'roles add': 'team.write',
  's-roles': 'team.read',
  's-role': 'team.read',
  's-role-give': 'team.write',
  's-role-take': 'team.write',
  's-role-copy': 'team.write',
  's-role-name': 'team.write',
  's-role-reset': 'team.write',
  's-role-remove': 'team.write',

  twostep: 'any',
  's-factor': 'any',
  's-factor-on': 'any',
  's-factor-off': 'any',
  's-factor-prove': 'any',
  's-code': 'any',
  security: 'security.read',
  's-security': 'security.read',
  's-security-required': 'security.write',
  's-security-rotation': 'security.write',
  's-security-ask': 'security.write',
  's-security-set': 'security.write',
  approvals: 'approvals.decide',
  's-approvals': 'approvals.decide',
  's-approval': 'any',
  's-approval-yes': 'approvals.decide',
  's-approval-no': 'approvals.decide',
  's-approval-back': 'any',
  feedback: 'feedback.read',
  's-feedback': 'feedback.read',
  's-feedback-of': 'feedback.read',
  's-feedback-batches': 'feedback.read',

  broadcast: 'broadcast.send',
  's-mails': 'broadcast.send',
  's-mail': 'broadcast.send',
  's-mail-new': 'broadcast.send',
  's-mail-text': 'broadcast.send',
  's-mail-picture': 'broadcast.send',
  's-mail-product': 'broadcast.send',
  's-mail-whom': 'broadcast.send',
  's-mail-if': 'broadcast.send',
  's-mail-look': 'broadcast.send',
  's-mail-send': 'broadcast.send',
  's-mail-send-yes': 'broadcast.send',
  's-mail-when': 'broadcast.send',
  's-mail-back': 'broadcast.send',
  's-mail-pause': 'broadcast.send',
  's-mail-resume': 'broadcast.send',
  's-mail-stop': 'broadcast.send',
  's-mail-stop-yes': 'broadcast.send',
  's-mail-drop': 'broadcast.send',

  source: 'sources.read',
  'source add': 'sources.write',
  's-sources': 'sources.read',
  's-source': 'sources.read',
  's-source-add': 'sources.write',
  's-qr': 'sources.read',
  's-links': 'catalog.read',
  's-link-qr': 'catalog.read',

  privacy: 'any',
  'privacy *': 'privacy.export',
  's-privacy': 'privacy.export',
  's-privacy-export': 'privacy.export',
  's-privacy-erase': 'privacy.erase',
  's-privacy-sure': 'privacy.erase',
  's-privacy-erase-yes': 'privacy.erase',
  retention: 'shop.read',
  'retention *': 'shop.write',
  's-retention': 'shop.read',
  's-retention-set': 'shop.write',

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

  export: 'keys.export',
  's-exports': 'keys.export',
  's-export': 'keys.export',
  's-export-why': 'keys.export',
  's-export-yes': 'keys.export',
  's-exported': 'keys.export',
  's-export-file': 'keys.export',

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

/** What is asked the second factor for: what moves money by hand or hands out keys, and what changes who may do what. */
export const DANGEROUS: ReadonlySet<string> = new Set([
  's-refund-yes',
  's-credit-yes',
  's-by-hand-yes',
  's-adjust-yes',
  's-refund-keys-yes',
  's-refund-all-yes',
  's-claim-settle',
  's-export-yes',
  's-export-file',
  's-privacy-erase-yes',
  's-mail-send-yes',
  's-approval-yes',
  's-security-set',
  's-security-required',
  's-security-rotation',
  's-invite-make',
  'invite',
  's-member-role-set',
  's-reinstate',
  's-suspend-yes',
  's-remove-yes',
  's-role-give',
  's-role-take',
  's-role-reset',
  's-role-remove',
])

/** What leads out of a locked chat. */
export const UNLOCKS: ReadonlySet<string> = new Set(['s-code', 's-factor-on', 's-factor-prove'])

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
 * What somebody must hold to do what is named so.
 * @throws KeytillError `staff.unknown_route` when the table does not name it: a mistake of ours, never of a person
 */
export function needOf(name: string, argument = ''): Need {
  const [word = ''] = argument.trim().toLowerCase().split(/\s/, 1)
  const need = NEEDS[`${name} ${word}`] ?? (word === '' ? undefined : NEEDS[`${name} *`]) ?? NEEDS[name]
  if (need === undefined) throw new KeytillError('staff.unknown_route', `No permission is set for ${name}.`)
  return need
}

/** Whether somebody of the staff may do what is named so. */
export function may(customer: Pick<Customer, 'role' | 'permissions'>, name: string, argument = ''): boolean {
  const need = needOf(name, argument)
  return customer.role !== undefined && (need === 'any' || customer.permissions.has(need))
}
