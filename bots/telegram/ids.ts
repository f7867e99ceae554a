/**
 * The id of an update, the same at every delivery. The number of the bot stands before it, since each bot counts its own;
 * that of a pressed button's query behind it, since the answer must name it.
 */
export function eventId(bot: string, update: { update_id: number; callback_query?: { id: string } }): string {
  const id = `${bot}:${update.update_id}`
  return update.callback_query ? `${id}:${update.callback_query.id}` : id
}

/** The query that an event's answer must name; undefined for an event that is no pressed button. */
export function callbackOf(eventId: string): string | undefined {
  return eventId.split(':')[2]
}
