import { loadDemo } from '../core/demo.ts'
import { KeytillError } from '../core/platform/errors.ts'
import { createLog } from '../core/platform/log.ts'
import { readSettings } from '../core/platform/settings.ts'
import { openChannels } from './channels.ts'
import { greeting, OPENING, problem } from './console.ts'

/** `npm start`: reads the settings, opens the shop, connects the channels that are configured; Ctrl-C stops them in order. */
async function main(): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLog(settings.LOG_LEVEL)
  const stopping = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  const program = await openChannels(settings, log, (step) => console.log(OPENING[step]))
  const { shop } = program
  try {
    if (!settings.TELEGRAM_BOT_TOKEN && !settings.WECHAT_PAY_MCH_ID) await loadDemo(shop)
    console.log(await greeting(program))
    await stopping
    console.log('Stopping …')
  } finally {
    await program.close()
  }
}

main().catch((error: unknown) => {
  console.error(problem(error))
  if (!(error instanceof KeytillError)) createLog('error').error({ err: error }, 'the program ended')
  process.exitCode = 1
})
