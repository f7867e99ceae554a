export type MailingState = 'draft' | 'scheduled' | 'sending' | 'paused' | 'stopped' | 'done'

/** Where a broadcast may go from each state. */
const TRANSITIONS: Readonly<Record<MailingState, readonly MailingState[]>> = {
  draft: ['scheduled', 'sending'],
  // back to the drafts until its time comes
  scheduled: ['draft', 'sending'],
  sending: ['paused', 'stopped', 'done'],
  paused: ['sending', 'stopped'],
  stopped: [],
  done: [],
}

/** The states from which a broadcast may go to this one. */
export function statesBefore(state: MailingState): MailingState[] {
  return (Object.keys(TRANSITIONS) as MailingState[]).filter((from) => TRANSITIONS[from].includes(state))
}
