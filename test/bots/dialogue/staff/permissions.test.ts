import { describe, expect, it } from 'vitest'
import type { Context, Routes } from '../../../../bots/dialogue/context.ts'
import { TEXTS } from '../../../../bots/dialogue/locales/texts.ts'
import { guarded } from '../../../../bots/dialogue/staff/guard.ts'
import { HOLDS_KEYS, NEEDS, ROLES, whoMay } from '../../../../bots/dialogue/staff/permissions.ts'
import { STAFF_ROUTES } from '../../../../bots/dialogue/staff/routes.ts'
import type { StaffRole } from '../../../../core/customers/model.ts'

/** A conversation as far as the guard looks at it. */
function contextOf(role: StaffRole | undefined, kind: 'text' | 'press' = 'text'): Context {
  return {
    customer: { role },
    t: TEXTS.en,
    event: { content: { kind } },
    session: { asked: { question: 's-find', args: [], digits: false } },
  } as unknown as Context
}

const names = STAFF_ROUTES.flatMap(({ commands, actions, questions, files }) =>
  [commands, actions, questions, files].flatMap((handlers) => Object.keys(handlers ?? {})),
)

describe('the permission table', () => {
  it('names every route, and nothing that is not one', () => {
    const inTable = new Set(Object.keys(NEEDS).map((name) => name.split(' ')[0]))
    expect(new Set(names)).toEqual(inTable)
  })

  it('gives every permission to the owner, and to an auditor none that changes anything', () => {
    for (const roles of Object.values(ROLES)) expect(roles).toContain('owner')
    const auditors = Object.entries(ROLES).filter(([, roles]) => roles.includes('auditor'))
    expect(auditors.map(([permission]) => permission).filter((p) => p !== 'any' && !p.endsWith('.read'))).toEqual([])
  })

  it('decides by the first word of a command where the table says so', () => {
    expect(whoMay('shop', 'games')).toContain('support')
    expect(whoMay('shop', 'SET name x')).toEqual(['owner', 'manager'])
    expect(whoMay('product', 'STEAM')).toContain('auditor')
    expect(whoMay('product', 'set STEAM price 1')).not.toContain('auditor')
    expect(whoMay('order', 'constructor')).toEqual(ROLES['orders.read'])
  })

  it.each(['risk', 'quotas'])('lets finance and auditors look at /%s, and change nothing by typing it', (name) => {
    expect(whoMay(name)).toEqual(ROLES['risk.read'])
    expect(whoMay(name, ' ')).toEqual(ROLES['risk.read'])
    expect(whoMay(name, 'hourly-orders 1000')).toEqual(['owner', 'manager'])
    expect(whoMay(name, 'NEW openUnits 1000')).toEqual(['owner', 'manager'])
  })

  it('refuses a route that it does not name as soon as it is put behind the guard', () => {
    expect(() => guarded({ actions: { 's-new': async () => ({}) } })).toThrow('s-new')
  })

  it('keeps money from support and keys from finance', () => {
    expect(whoMay('refund')).not.toContain('support')
    expect(whoMay('s-approve')).not.toContain('support')
    expect(whoMay('import')).not.toContain('finance')
  })
})

describe('what may hold keys', () => {
  it.each([
    ['import', 'STEAM', false],
    ['import', 'STEAM\nAAAA-1111', true],
    ['import', 'STEAM AAAA-1111', true],
    ['s-import-lines', 'AAAA-1111', true],
    ['freeze', '', false],
    ['freeze', 'K7MQ-4XD2 1', false],
    ['freeze', 'K7MQ-4XD2 1 bad batch', false],
    ['void', 'AAAA-1111-2222', true],
    ['s-key-find', 'K7MQ4XD2', true],
  ])('%s %j: %s', (name, text, holds) => {
    expect(HOLDS_KEYS[name]?.(text)).toBe(holds)
  })
})

describe('the guard', () => {
  const routes: Routes = {
    commands: {
      import: async () => ({ toast: { text: 'imported' } }),
      order: async () => ({ toast: { text: 'staff' } }),
    },
    actions: {
      's-order': async () => ({
        show: [
          {
            place: 'edit',
            screen: {
              text: ['order'],
              buttons: [
                [
                  { label: 'refund', action: 's-refund:K7MQ4XD2' },
                  { label: 'resend', action: 's-resend:K7MQ4XD2' },
                ],
                [{ label: 'approve', action: 's-approve:K7MQ4XD2' }],
                [{ label: 'home', action: 'home' }],
              ],
            },
          },
        ],
      }),
    },
    questions: { 's-find': async ({ session }) => ({ toast: { text: String(session.asked) } }) },
  }
  const { commands, actions, questions } = guarded(routes, { order: async () => ({ toast: { text: 'buyer' } }) })

  it('lets those through who may', async () => {
    expect(await commands?.import?.(contextOf('stock'), 'STEAM')).toEqual({ toast: { text: 'imported' } })
  })

  it('says who may to those who may not, and still has their keys deleted', async () => {
    const reply = await commands?.import?.(contextOf('auditor'), 'STEAM\nAAAA-1111')
    expect(reply?.deleteIncoming).toBe(true)
    expect(reply?.show?.[0]?.screen.text).toEqual(['Only these may do this: owner, manager, stock.'])
  })

  it('answers a press with an alert', async () => {
    const reply = await actions?.['s-order']?.(contextOf('stock', 'press'), [])
    expect(reply?.toast).toEqual({ text: expect.stringContaining('Only these may'), alert: true })
  })

  it('lets nobody through who is not staff', async () => {
    const reply = await commands?.import?.(contextOf(undefined), 'STEAM')
    expect(reply?.toast).toBeUndefined()
  })

  it('gives the buyer’s command to who may not use the staff’s', async () => {
    expect(await commands?.order?.(contextOf('stock'), 'K7MQ4XD2')).toEqual({ toast: { text: 'buyer' } })
    expect(await commands?.order?.(contextOf('support'), 'K7MQ4XD2')).toEqual({ toast: { text: 'staff' } })
  })

  it('leaves out buttons that the role may not press', async () => {
    const reply = await actions?.['s-order']?.(contextOf('support', 'press'), [])
    const labels = reply?.show?.[0]?.screen.buttons?.map((row) => row.map(({ label }) => label))
    expect(labels).toEqual([['resend'], ['home']])
  })

  it('has a question forgotten before it is answered', async () => {
    const context = contextOf('owner')
    expect(await questions?.['s-find']?.(context, 'K7MQ4XD2', [])).toEqual({ toast: { text: 'undefined' } })
  })
})
