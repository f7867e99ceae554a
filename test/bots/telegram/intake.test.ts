import type { Update } from 'grammy/types'
import { expect, it } from 'vitest'
import type { Incoming } from '../../../bots/dialogue/channel.ts'
import { createIntake } from '../../../bots/telegram/intake.ts'

const alice = { id: 7, is_bot: false, first_name: 'Alice' }
const chat = { id: 7, type: 'private' }
const message = { message_id: 1, date: 1, from: alice, chat, text: 'SECRET' }
const query = { id: '4', from: alice, currency: 'XTR', total_amount: 1, invoice_payload: 'K7MQ4XD2' }
const payment = {
  currency: 'XTR',
  total_amount: 1,
  invoice_payload: 'K7MQ4XD2',
  telegram_payment_charge_id: 'stx',
  provider_payment_charge_id: 'p',
}

/** What is taken of these updates, asked about before paying, and logged. */
async function taken(...bodies: object[]) {
  const accepted: Incoming[] = []
  const asked: string[] = []
  const logged: object[] = []
  const keep = (fields: object) => void logged.push(fields)
  const log = { debug: keep, info: keep, warn: keep, error: keep }
  const cashier = { answer: ({ id }: { id: string }) => void asked.push(id), settled: async () => {} }
  const intake = createIntake('42', async (items) => void accepted.push(...items), log, cashier)
  await intake.take(bodies.map((body, index) => ({ update_id: index, ...body }) as Update))
  return { ids: accepted.map(({ externalId }) => externalId), asked, logged }
}

it.each([
  ['a message without a chat', { message: { ...message, chat: undefined } }],
  ['a text that is a number', { message: { ...message, text: 5 } }],
  ['pictures that are none', { message: { ...message, text: undefined, photo: 'x' } }],
  ['a payment without its number', { message: { ...message, successful_payment: { total_amount: 1 } } }],
  ['a press by nobody', { callback_query: { id: '3', data: 'x' } }],
  ['a check-out without a payload', { pre_checkout_query: { ...query, invoice_payload: undefined } }],
  ['a chat member without a chat', { my_chat_member: {} }],
])('%s is passed over, and what comes with it is taken', async (_, body) => {
  const { ids, asked, logged } = await taken({ message }, body, { message }, { pre_checkout_query: query })
  expect(ids).toEqual(['42:0', '42:2'])
  expect(asked).toEqual(['4'])
  expect(logged).toEqual([{ bot: '42', update: 1, kinds: Object.keys(body) }])
})

it.each([
  ['a message', { message }],
  ['a message with a payment', { message: { ...message, text: undefined, successful_payment: payment } }],
  ['a message with a refund', { message: { ...message, text: undefined, refunded_payment: payment } }],
  ['a message of nobody', { message: { ...message, from: undefined } }],
  ['a kind of message that is new', { message: { ...message, text: undefined, hologram: {} } }],
  ['a press', { callback_query: { id: '3', from: alice, data: 'x', message: { message_id: 1, date: 0, chat } } }],
  ['a block', { my_chat_member: { chat, from: alice, date: 1 } }],
])('%s is taken', async (_, body) => {
  const { ids, logged } = await taken(body)
  expect([ids.length, logged]).toEqual([1, []])
})

it('nothing of a batch is confirmed that cannot be committed, whatever else is in it', async () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const intake = createIntake('42', () => Promise.reject(new Error('the database is away')), log)
  const unreadable = { update_id: 1, message: {} } as Update
  await expect(intake.take([unreadable, { update_id: 2, message } as Update])).rejects.toThrow('away')
  await intake.take([unreadable])
})
