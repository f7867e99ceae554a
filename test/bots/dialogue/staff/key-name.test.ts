import { describe, expect, it } from 'vitest'
import { readKeyName } from '../../../../bots/dialogue/staff/key-name.ts'

describe('how staff name a key', () => {
  it.each([
    ['K7MQ-4XD2 3', { orderNo: 'K7MQ4XD2', unit: 3 }, undefined],
    ['k7mq4xd2 #12', { orderNo: 'K7MQ4XD2', unit: 12 }, undefined],
    ['K7MQ-4XD2 1  bad batch ', { orderNo: 'K7MQ4XD2', unit: 1 }, 'bad batch'],
    ['K7MQ-4XD2 0', { text: 'K7MQ-4XD2 0' }, undefined],
    ['K7MQ-4XD2', { text: 'K7MQ-4XD2' }, undefined],
    [' 4716 2211 9000 ', { text: '4716 2211 9000' }, undefined],
    ['ABCD-EFGH-0001 2', { text: 'ABCD-EFGH-0001 2' }, undefined],
  ])('%j', (text, name, reason) => {
    expect(readKeyName(text)).toEqual({ name, reason })
  })
})
