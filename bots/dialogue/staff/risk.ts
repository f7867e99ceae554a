import { hasCode } from '../../../core/platform/errors.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { pageOf } from '../../../core/platform/page.ts'
import { type Rule, type RuleDefinition, RuleProblem, type Threshold } from '../../../core/risk/model.ts'
import { mainThreshold, outcomeOf } from '../../../core/risk/policy.ts'
import { printCondition, printValue } from '../../../core/risk/text.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { problemText } from '../problem.ts'
import { type Button, bold, code } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { conditionWords, ruleProblemWords, type Speech } from './rule-words.ts'

const OFF = ['off', '关', '关闭']
const ON = ['on', '开', '开启']
const UNDO = ['undo', '恢复']
const TRY = ['try', '试算']
const PER_PAGE = 8
/** Days that a rule is tried on. */
const DAYS = 14
/** A trial that takes longer is announced, in ms. */
const SOON = 1500

const nameOf = ({ t }: Context, rule: string): string => t.staff.ruleNames[rule] ?? rule

const speechOf = ({ t, language, shop }: Context): Speech => ({
  t,
  language,
  currency: shop.settings.KEYTILL_CURRENCY,
})

/** Off, or on with its main threshold. */
function stateOf(context: Context, { enabled, definition: { all } }: Rule): string {
  const { t } = context
  if (!enabled) return t.staff.ruleOff
  const n = mainThreshold(all)
  const threshold = n === undefined ? undefined : (all[n] as Threshold)
  return threshold?.op === '>'
    ? t.staff.ruleLimit(printValue(threshold, context.shop.settings.KEYTILL_CURRENCY))
    : t.staff.ruleOn
}

const rulesButton = ({ t }: Context): Button => ({
  label: t.staff.rulesButton,
  action: action('s-risk', 0),
  back: true,
})

async function rules(context: Context, wanted = 0): Promise<Reply> {
  const { t, shop } = context
  const all = await shop.risk.rules()
  const { skip, take, ...where } = pageOf(all.length, PER_PAGE, wanted)
  const found = { ...where, items: all.slice(skip, skip + take), total: all.length }
  return show({
    text: lines(
      [bold(t.staff.riskTitle)],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      t.staff.riskHint,
    ),
    buttons: [
      ...found.items.map((rule): Button[] => [
        {
          label: t.staff.ruleLine(stateOf(context, rule), nameOf(context, rule.name)),
          action: action('s-rule', rule.name),
        },
      ]),
      ...pager(context, found, 's-risk'),
      [menuButton(context)],
    ],
  })
}

/** One rule: as it is typed, in words, and what can be done with it. */
async function rule(context: Context, name: string, note?: string): Promise<Reply> {
  const { t, shop } = context
  const [now, before] = await shop.risk.versions(name)
  if (!now) return rules(context)
  const { all } = now.definition
  const changes = all.flatMap((condition, n): Button[][] =>
    'value' in condition
      ? [
          [
            {
              label: t.staff.ruleChange(label(printCondition(condition, shop.settings.KEYTILL_CURRENCY))),
              action: action('s-rule-set', name, n),
            },
          ],
        ]
      : [],
  )
  const onOff: Button = now.enabled
    ? { label: t.staff.ruleSwitchOff, action: action('s-rule-off', name) }
    : { label: t.staff.ruleSwitchOn, action: action('s-rule-on', name) }
  const undo: Button[] = before ? [{ label: t.staff.ruleUndo, action: action('s-rule-undo', name) }] : []
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.labelled(t.staff.ruleTitle(nameOf(context, name), name), stateOf(context, now)))],
      [code(shop.risk.print(now.definition))],
      '',
      ...inWords(context, now.definition),
      '',
      t.staff.ruleVersion(now.version, time(now.at)),
    ),
    buttons: [
      ...changes,
      [onOff, ...undo],
      [{ label: t.staff.ruleTry, action: action('s-rule-try', name) }],
      [rulesButton(context), menuButton(context)],
    ],
  })
}

function inWords(context: Context, { at, all, verdict }: RuleDefinition): string[] {
  const { t } = context
  const speech = speechOf(context)
  return [
    t.staff.ruleStages[at],
    ...all.map((condition) => `• ${conditionWords(speech, condition)}`),
    t.staff.ruleThen(t.staff.verdicts[verdict]),
  ]
}

/** What is wrong, in words: with a rule's text, or with what was to be done. */
const problemOf = ({ t }: Context, error: unknown): string | undefined =>
  error instanceof RuleProblem ? ruleProblemWords(t, error) : problemText(t, error)

/** Changes a rule and shows it; what cannot be done is told above it, as it stands. */
async function changed(context: Context, name: string, deed: () => Promise<Rule>): Promise<Reply> {
  try {
    const after = await deed()
    return await rule(context, name, context.t.staff.ruleSet(nameOf(context, name), stateOf(context, after)))
  } catch (error) {
    const problem = problemOf(context, error)
    if (problem === undefined || hasCode(error, 'risk.rule')) throw error
    return rule(context, name, problem)
  }
}

async function askThreshold(context: Context, name: string, n: number, problem?: string): Promise<Reply> {
  const { t, shop } = context
  const [now] = await shop.risk.versions(name)
  const condition = now?.definition.all[n]
  if (!condition || !('value' in condition)) return rule(context, name)
  const words = conditionWords(speechOf(context), condition)
  const value = printValue(condition, shop.settings.KEYTILL_CURRENCY)
  const text = lines(problem, [bold(nameOf(context, name))], t.staff.ruleAsk(words, value))
  return ask(context, 's-rule-set', text, { args: [name, String(n)], back: action('s-rule', name), digits: 'zero' })
}

async function setThreshold(context: Context, name: string, n: number, typed: string): Promise<Reply> {
  const { shop, customer } = context
  try {
    const after = await shop.risk.setThreshold(customer.pseudonym, name, n, typed.trim())
    return await rule(context, name, context.t.staff.ruleSet(nameOf(context, name), stateOf(context, after)))
  } catch (error) {
    if (!(error instanceof RuleProblem)) throw error
    return askThreshold(context, name, n, ruleProblemWords(context.t, error))
  }
}

const limit = (context: Context, name: string, typed: string): Promise<Reply> =>
  changed(context, name, () => context.shop.risk.setLimit(context.customer.pseudonym, name, typed))

const undo = (context: Context, name: string): Promise<Reply> =>
  changed(context, name, () => context.shop.risk.revert(context.customer.pseudonym, name))

/** The rule that a text says, or what is wrong with it. */
function read(context: Context, text: string): { definition: RuleDefinition } | { problem: Reply } {
  try {
    return { definition: context.shop.risk.read(text) }
  } catch (error) {
    if (!(error instanceof RuleProblem)) throw error
    const words = lines(ruleProblemWords(context.t, error), '', context.t.staff.riskHint)
    return { problem: show({ text: words, buttons: [[rulesButton(context), menuButton(context)]] }) }
  }
}

/** `/risk set NAME RULE` */
async function set(context: Context, argument: string): Promise<Reply> {
  const [, typed = '', text = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument.trim()) ?? []
  const { shop, customer, t } = context
  const name = typed.toLowerCase()
  const found = read(context, text)
  if ('problem' in found) return found.problem
  try {
    await shop.risk.set(customer.pseudonym, name, found.definition)
  } catch (error) {
    const problem = problemOf(context, error)
    if (problem === undefined) throw error
    return show({ text: [problem], buttons: [[rulesButton(context), menuButton(context)]] })
  }
  return rule(context, name, t.staff.ruleSet(nameOf(context, name), t.staff.ruleOn))
}

/** What a rule would have done to the orders of the last days. */
async function trial(context: Context, definition: RuleDefinition, name?: string): Promise<Reply> {
  const { t, shop } = context
  const start = performance.now()
  let isTold = false
  const result = await shop.risk.try(definition, DAYS, (orders) => {
    if (isTold || performance.now() - start < SOON) return
    isTold = true
    context.wait(t.staff.trying(orders))
  })
  const outcome = outcomeOf(definition)
  const back: Button[] = name === undefined ? [] : [{ label: nameOf(context, name), action: action('s-rule', name) }]
  return show({
    text: lines(
      [bold(t.staff.tryTitle)],
      [code(shop.risk.print(definition))],
      '',
      t.staff.tryResult(outcome === 'allow' ? 'hold' : outcome, result.struck, result.orders, result.days),
      result.struck > 0 ? t.staff.tryLater(result.refunded, result.disputed) : undefined,
      result.isWhole ? undefined : t.staff.tryPartly,
    ),
    buttons: [
      ...result.newest.map((no): Button[] => [{ label: t.staff.openOrder(spoken(no)), action: action('s-order', no) }]),
      [...back, rulesButton(context), menuButton(context)],
    ],
  })
}

async function tryNamed(context: Context, name: string): Promise<Reply> {
  const [now] = await context.shop.risk.versions(name)
  return now ? trial(context, now.definition, name) : rules(context)
}

/** `/risk try RULE`, `/risk try NAME` */
async function tryTyped(context: Context, text: string): Promise<Reply> {
  if (text === '') return show({ text: [context.t.staff.tryUsage], buttons: [[rulesButton(context)]] })
  const known = (await context.shop.risk.rules()).find(({ name }) => name === text.toLowerCase())
  if (known) return trial(context, known.definition, known.name)
  const found = read(context, text)
  return 'problem' in found ? found.problem : trial(context, found.definition)
}

/** `/risk`, `/risk NAME`, `/risk NAME LIMIT|on|off|undo|try`, `/risk set NAME RULE`, `/risk try RULE` */
async function command(context: Context, argument: string): Promise<Reply> {
  const [, first = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument.trim()) ?? []
  const name = first.toLowerCase()
  const word = rest.trim().toLowerCase()
  if (name === '') return rules(context)
  if (name === 'set') return set(context, rest)
  if (name === 'try') return tryTyped(context, rest.trim())
  if (word === '') return rule(context, name)
  if (UNDO.includes(word)) return undo(context, name)
  if (TRY.includes(word)) return tryNamed(context, name)
  return limit(context, name, OFF.includes(word) ? 'off' : ON.includes(word) ? 'on' : word)
}

export const riskRoutes: Routes = {
  commands: { risk: command },
  actions: {
    's-risk': (context, [page = '0']) => rules(context, Number(page)),
    's-rule': (context, [name = '']) => rule(context, name),
    's-rule-set': (context, [name = '', n = '']) => askThreshold(context, name, Number(n)),
    's-rule-off': (context, [name = '']) => limit(context, name, 'off'),
    's-rule-on': (context, [name = '']) => limit(context, name, 'on'),
    's-rule-undo': (context, [name = '']) => undo(context, name),
    's-rule-try': (context, [name = '']) => tryNamed(context, name),
  },
  questions: {
    's-rule-set': (context, text, [name = '', n = '']) => setThreshold(context, name, Number(n), text),
  },
}
