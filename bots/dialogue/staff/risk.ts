import { hasCode, KeytillError } from '../../../core/platform/errors.ts'
import type { Rule } from '../../../core/risk/model.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { problemText } from '../problem.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'

const OFF = ['off', '关', '关闭']

const nameOf = ({ t }: Context, rule: string): string => t.staff.ruleNames[rule] ?? rule

const stateOf = ({ t }: Context, rule: Rule): string =>
  rule.enabled ? t.staff.ruleLimit(rule.definition.limit) : t.staff.ruleOff

async function rules(context: Context, note?: string): Promise<Reply> {
  const { t, shop } = context
  const all = await shop.risk.rules()
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.riskTitle)],
      ...all.map((rule) => t.staff.ruleLine(nameOf(context, rule.name), rule.name, stateOf(context, rule))),
      '',
      t.staff.riskHint,
    ),
    buttons: [
      ...all.map((rule): Button[] => [{ label: nameOf(context, rule.name), action: action('s-rule', rule.name) }]),
      [menuButton(context)],
    ],
  })
}

async function askLimit(context: Context, name: string, problem?: string): Promise<Reply> {
  const { t, shop } = context
  const rule = (await shop.risk.rules()).find((candidate) => candidate.name === name)
  if (!rule) throw new KeytillError('risk.rule', 'There is no such rule.')
  const text = lines(problem, [bold(nameOf(context, name))], t.staff.fieldNow(stateOf(context, rule)), t.staff.ruleAsk)
  return ask(context, 's-rule', text, {
    args: [name],
    back: action('s-risk'),
    digits: true,
    buttons: rule.enabled ? [[{ label: t.staff.ruleSwitchOff, action: action('s-rule-off', name) }]] : [],
  })
}

async function setLimit(context: Context, name: string, typed: string): Promise<Reply> {
  const { t, shop, customer } = context
  const limit = typed.trim().toLowerCase()
  try {
    const rule = await shop.risk.setLimit(customer.pseudonym, name, OFF.includes(limit) ? 'off' : limit)
    return rules(context, t.staff.ruleSet(nameOf(context, rule.name), stateOf(context, rule)))
  } catch (error) {
    if (!hasCode(error, 'risk.limit')) throw error
    return askLimit(context, name, problemText(t, error))
  }
}

/** `/risk`, `/risk rule`, `/risk rule limit|off` */
async function command(context: Context, argument: string): Promise<Reply> {
  const [, name = '', limit = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? []
  if (name === '') return rules(context)
  return limit === '' ? askLimit(context, name.toLowerCase()) : setLimit(context, name.toLowerCase(), limit)
}

export const riskRoutes: Routes = {
  commands: { risk: command },
  actions: {
    's-risk': (context) => rules(context),
    's-rule': (context, [name = '']) => askLimit(context, name),
    's-rule-off': (context, [name = '']) => setLimit(context, name, 'off'),
  },
  questions: { 's-rule': (context, text, [name = '']) => setLimit(context, name, text) },
}
