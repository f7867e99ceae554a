import { STAFF_CHANNELS } from '../conversations/channels/all.ts'
import { channelContract } from './channel.ts'

for (const { name, open } of STAFF_CHANNELS) channelContract(name, open)
