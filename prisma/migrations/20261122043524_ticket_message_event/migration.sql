-- A message in a ticket names the chat event that said it, so that an event handled twice is said once.

-- AlterTable
ALTER TABLE "ticket_message" ADD COLUMN     "event" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "ticket_message_event_key" ON "ticket_message"("event");
