import { seconds } from '../../platform/clock.ts'
import { KeytillError } from '../../platform/errors.ts'
import type { SmsSender } from '../provider.ts'

interface HttpSmsOptions {
  /** SMS_GATEWAY_URL */
  readonly url: string
  /** SMS_GATEWAY_TOKEN */
  readonly token: string
  /** how long the gateway may take, in ms: somebody waits for the answer */
  readonly within?: number
}

/**
 * Any gateway that takes `POST {"to":"+86…","text":"…"}` under a bearer token and answers 2xx. It is asked once: whoever got no
 * text asks for another. No error repeats what was sent.
 */
export function createHttpSms({ url, token, within = seconds(8) }: HttpSmsOptions): SmsSender {
  return {
    async send(to, text) {
      let status: number
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({ to: `+${to}`, text }),
          // A token must not follow to another address.
          redirect: 'error',
          signal: AbortSignal.timeout(within),
        })
        status = response.status
        await response.body?.cancel()
      } catch {
        throw new KeytillError('sms.unsent', 'The SMS gateway does not answer: check SMS_GATEWAY_URL.')
      }
      if (status < 200 || status > 299)
        throw new KeytillError(
          'sms.unsent',
          `The SMS gateway answered ${status}: check SMS_GATEWAY_URL and SMS_GATEWAY_TOKEN.`,
        )
    },
  }
}
