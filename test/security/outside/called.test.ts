// These have one shop, which is called by Telegram.
import './updates.ts'
import './team.ts'
