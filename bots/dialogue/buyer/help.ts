import { LANGUAGES } from '../../../core/customers/model.ts'
import { profileText } from '../../../core/profile/model.ts'
import { action } from '../action.ts'
import { homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show, toast } from '../context.ts'
import { languageName, lines } from '../format.ts'
import { TEXTS } from '../locales/texts.ts'
import { type Button, bold } from '../screen.ts'
import { home } from './home.ts'

async function help(context: Context): Promise<Reply> {
  const { t } = context
  return show({
    text: lines([bold(t.buyer.helpTitle)], ...t.buyer.helpLines, '', t.buyer.helpFlow),
    buttons: [[{ label: t.buyer.support, action: action('support') }, homeButton(context.t)]],
  })
}

async function terms(context: Context): Promise<Reply> {
  const { t, profile, language } = context
  return show({
    text: lines([bold(t.buyer.termsTitle)], profileText(profile, 'terms', language) || t.buyer.termsDefault),
    buttons: [[homeButton(context.t)]],
  })
}

async function language(context: Context): Promise<Reply> {
  const choices = LANGUAGES.map((name): Button => ({ label: languageName[name], action: action('speak', name) }))
  return show({ text: [context.t.buyer.chooseLanguage], buttons: [choices, [homeButton(context.t)]] })
}

async function speak(context: Context, [wanted = '']: readonly string[]): Promise<Reply> {
  const chosen = LANGUAGES.find((name) => name === wanted)
  if (!chosen) return language(context)
  await context.shop.customers.speak(context.customer, chosen)
  const spoken = { ...context, language: chosen, t: TEXTS[chosen] }
  return { ...(await home(spoken)), ...toast(spoken.t.buyer.languageSet) }
}

/** Drops what is being asked. An order in the making is the basket's to empty, one that was placed is its own to cancel. */
async function cancel(context: Context): Promise<Reply> {
  const { t, session } = context
  const busy = session.asked !== undefined || session.draft !== undefined || session.basket.length > 0
  session.asked = undefined
  session.draft = undefined
  session.basket = []
  const reply = await home(context)
  return {
    show: [
      { screen: { text: [busy ? t.buyer.cancelled : t.buyer.nothingToCancel] }, place: 'new' },
      ...(reply.show ?? []),
    ],
  }
}

export const helpRoutes: Routes = {
  commands: { help, terms },
  actions: { help, terms },
}

/** What is a person's own, buyer or staff. */
export const ownRoutes: Routes = {
  commands: { language, cancel },
  actions: { language, speak },
}
