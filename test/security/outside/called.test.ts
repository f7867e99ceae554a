// These have one shop, which is called by Telegram.
import './updates.ts'
import './team.ts'
import { staffActsAreLogged } from './log.ts'
import { called } from './stand.ts'

staffActsAreLogged(called, [
  'approval.asked',
  'approval.granted',
  'approval.refused',
  'keys.imported',
  'product.added',
  'second_factor.enabled',
  'second_factor.recovery_used',
  'second_factor.removed',
  'security.changed',
  'staff.appointed',
  'staff.invited',
  'staff.joined',
  'staff.reinstated',
  'staff.role',
  'staff.suspended',
  'wallet.adjusted',
])
