// To start a shop takes longer than to attack it: these have one, which asks Telegram for updates. It is killed last.
import './buttons.ts'
import './web.ts'
import './words.ts'
import { staffActsAreLogged } from './log.ts'
import { polled } from './stand.ts'

staffActsAreLogged(polled, [
  'batch.supplier',
  'complaint.replaced',
  'keys.imported',
  'privacy.exported',
  'product.added',
  'risk.blocked',
  'risk.rule',
  'staff.invited',
  'staff.joined',
  'staff.suspended',
  'ticket.answered',
])
