import type { Allowances } from '../../../core/allowances/service.ts'
import type { Clock } from '../../../core/platform/clock.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import type { Log } from '../../../core/platform/log.ts'
import type { Channel } from '../../dialogue/channel.ts'
import { TEXTS } from '../../dialogue/locales/texts.ts'
import type { OfficialApi } from './api.ts'
import { wasRefused } from './errors.ts'

export interface HintParts {
  readonly api: Pick<OfficialApi, 'templateFields' | 'sendTemplate'>
  readonly allowances: Pick<Allowances, 'take' | 'giveBack'>
  readonly templateId: string
  readonly log: Log
  readonly now: Clock
}

/**
 * The channel, with a word by template message to whoever has something waiting that WeChat does not let through: once until they
 * do something again, and never for marketing.
 */
export function withHint(channel: Channel, { api, allowances, templateId, log, now }: HintParts): Channel {
  let fields: Promise<readonly string[] | undefined> | undefined

  async function hint(openid: string): Promise<void> {
    fields ??= api.templateFields(templateId)
    const names = await fields.catch((error: unknown) => {
      fields = undefined
      throw error
    })
    if (!names) {
      // It may be added any time: it is looked for again.
      fields = undefined
      return log.error({}, 'WECHAT_TEMPLATE_ID is none of the templates of this account')
    }
    const taken = await allowances.take(channel.name, openid, ['hint'])
    if (taken === undefined || taken === 'unknown') return
    const contents = Object.fromEntries(names.map((name) => [name, contentOf(name, now())]))
    try {
      await api.sendTemplate(openid, templateId, contents)
    } catch (error) {
      if (wasRefused(error)) await allowances.giveBack(channel.name, openid, taken)
      throw error
    }
  }

  const remind = (openid: string): Promise<void> =>
    hint(openid).catch((err: unknown) => log.warn({ err }, 'nobody could be told that something waits'))

  return {
    ...channel,
    remind,
    async send(chat, screen, priority) {
      try {
        return await channel.send(chat, screen, priority)
      } catch (error) {
        if (hasCode(error, 'chat.window_closed') && priority !== 'marketing') await remind(chat)
        throw error
      }
    },
  }
}

/** WeChat names the fields of templates by what may stand in them, `thing1`, `time2`. */
function contentOf(field: string, now: Date): string {
  if (/^(time|date)/.test(field)) return new Date(now.getTime() + CHINA).toISOString().slice(0, 16).replace('T', ' ')
  return /^(thing|first|keyword|remark)/.test(field) ? TEXTS.zh.buyer.somethingWaits : '-'
}

/** Clocks in China are 8 hours ahead of UTC, in ms. */
const CHINA = 8 * 3_600_000
