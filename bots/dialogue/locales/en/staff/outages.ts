import type { outages as Zh } from '../../zh/staff/outages.ts'

export const outages: typeof Zh = {
  channelAway: (channel, since) => `❗️ ${channel} is away since ${since}`,
  channelAwayHint:
    'Nothing is heard or sent there now; the shop keeps trying to come back. Check that the account is logged in and its gateway runs. Notices wait until then.',
  channelBack: (channel) => `✅ ${channel} is back`,
  channelGap: (since, until, times) =>
    times === 1 ? `It was away from ${since} to ${until}.` : `It was away ${times} times from ${since} to ${until}.`,
  channelGapHint:
    'What people wrote in that time may be missing, and nothing can fetch it. Look through the chats on the phone, and ask whoever got no answer to write again.',
}
