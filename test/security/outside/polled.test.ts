// To start a shop takes longer than to attack it: these have one, which asks Telegram for updates. It is killed last.
import './buttons.ts'
import './web.ts'
import './words.ts'
