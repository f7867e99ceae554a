import { describe, expect, it } from 'vitest'
import type { Context, Routes } from '../../../../bots/dialogue/context.ts'
import { TEXTS } from '../../../../bots/dialogue/locales/texts.ts'
import { guarded } from '../../../../bots/dialogue/staff/guard.ts'
import { HOLDS_KEYS, may, NEEDS, needOf } from '../../../../bots/dialogue/staff/permissions.ts'
import { STAFF_ROUTES } from '../../../../bots/dialogue/staff/routes.ts'
import { NEEDED } from '../../../../core/approvals/model.ts'
import { STAFF_NEWS } from '../../../../core/notifications/model.ts'
import { securitySchema } from '../../../../core/security/model.ts'
import { PERMISSIONS, type Permission, PRESET_ROLES } from '../../../../core/staff/model.ts'

/** Somebody in a role that ships, or in none. */
const inRole = (role: string | undefined) => ({
  role,
  permissions: new Set<Permission>((role && PRESET_ROLES[role]) || []),
})

/** A conversation as far as the guard looks at it. */
function contextOf(role: string | undefined, kind: 'text' | 'press' = 'text'): Context {
  const roles = Object.entries(PRESET_ROLES).map(([name, held]) => ({ name, permissions: new Set(held) }))
  return {
    customer: inRole(role),
    shop: {
      staff: { roles: async () => roles },
      secondFactors: { enrolled: async () => false },
      security: { read: async () => securitySchema.parse({}) },
    },
    now: new Date(),
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

  it('gives everything to the owner, and to an auditor nothing that changes anything', () => {
    expect(PRESET_ROLES.owner).toEqual(PERMISSIONS)
    const changing = (PRESET_ROLES.auditor ?? []).filter((permission) => !permission.endsWith('.read'))
    expect(changing).toEqual([])
  })

  it('asks for every permission somewhere, so that none is given in vain', () => {
    const asked = new Set<string>([...Object.values(NEEDS), ...Object.values(STAFF_NEWS), ...Object.values(NEEDED)])
    expect(PERMISSIONS.filter((permission) => !asked.has(permission))).toEqual([])
  })

  it('decides by the first word of a command where the table says so', () => {
    expect(needOf('shop', 'games')).toBe('any')
    expect(needOf('shop', 'SET name x')).toBe('shop.write')
    expect(needOf('product', 'STEAM')).toBe('catalog.read')
    expect(needOf('product', 'set STEAM price 1')).toBe('catalog.write')
    expect(needOf('order', 'constructor')).toBe('orders.read')
  })

  it.each(['risk', 'quotas'])('lets finance and auditors look at /%s, and change nothing by typing it', (name) => {
    expect(needOf(name)).toBe('risk.read')
    expect(needOf(name, ' ')).toBe('risk.read')
    expect(needOf(name, 'hourly-orders 1000')).toBe('risk.write')
    expect(needOf(name, 'NEW openUnits 1000')).toBe('risk.write')
  })

  it('refuses a route that it does not name as soon as it is put behind the guard', () => {
    expect(() => guarded({ actions: { 's-new': async () => ({}) } })).toThrow('s-new')
  })
})

/** Everything that staff may say, press and answer, as the table names it: a command whose first word decides once for each. */
const cells = Object.keys(NEEDS).map((key) => {
  const [name = '', word = ''] = key.split(' ')
  return { key, name, argument: word === '*' ? 'anything' : word }
})
const ROLE_NAMES = [...Object.keys(PRESET_ROLES), undefined]

describe('the matrix of what the roles that ship may do', () => {
  it('is as it is written down', async () => {
    const rows = cells.map(({ key, name, argument }) =>
      [
        key.padEnd(20),
        needOf(name, argument).padEnd(18),
        ...Object.keys(PRESET_ROLES).map((role) => (may(inRole(role), name, argument) ? role : '-').padEnd(8)),
      ]
        .join(' ')
        .trimEnd(),
    )
    await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot('permissions.matrix.txt')
  })

  describe.each(ROLE_NAMES)('%s', (role) => {
    it.each(cells)('$key', async ({ name, argument }) => {
      const need = needOf(name, argument)
      const held: readonly Permission[] = (role && PRESET_ROLES[role]) || []
      const allowed = role !== undefined && (need === 'any' || held.includes(need))
      const ran: string[] = []
      const reached = async () => {
        ran.push(name)
        return {}
      }
      const kinds = {
        commands: { [name]: reached },
        actions: { [name]: reached },
        questions: { [name]: reached },
        files: { [name]: reached },
      }
      const { commands, actions, questions, files } = guarded(kinds)
      await commands?.[name]?.(contextOf(role), argument)
      await files?.[name]?.(contextOf(role), argument)
      if (argument === '') {
        await actions?.[name]?.(contextOf(role, 'press'), [])
        await questions?.[name]?.(contextOf(role), '', [])
      }
      expect(ran).toHaveLength(allowed ? (argument === '' ? 4 : 2) : 0)
    })
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
