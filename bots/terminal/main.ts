import { userInfo } from 'node:os'
import { loadDemo } from '../../core/demo.ts'
import { createLog } from '../../core/platform/log.ts'
import { readSettings } from '../../core/platform/settings.ts'
import { createShop } from '../../core/shop.ts'
import { createConnections } from '../connections.ts'
import { OPENING, problem } from '../console.ts'
import { createTerminal } from './channel.ts'

/** `npm run chat`: the same conversation in a terminal, beside a running shop or on its own. */
async function main(): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLog(settings.LOG_LEVEL)
  const shop = await createShop(settings, {
    log,
    onProgress: (step) => step !== 'starting' && console.log(OPENING[step]),
  })
  const connections = createConnections(shop)
  try {
    if (!settings.TELEGRAM_BOT_TOKEN) await loadDemo(shop)
    const name = userInfo().username
    const terminal = createTerminal({
      input: process.stdin,
      output: process.stdout,
      accept: connections.accept('terminal'),
      person: { id: name, name, language: process.env.LC_ALL || process.env.LANG || 'en' },
      now: shop.clock,
      colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
      width: process.stdout.columns ?? 80,
      first: '/start',
    })
    connections.add({ ...terminal, close: async () => terminal.close() })
    await connections.start()
    await terminal.run()
    await connections.idle()
  } finally {
    await connections.close()
    await shop.close()
  }
}

main().catch((error: unknown) => {
  console.error(problem(error))
  process.exitCode = 1
})
