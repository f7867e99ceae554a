-- Loses: which chat event said a ticket's message; one that is handled again after this is said twice.

DROP INDEX "ticket_message_event_key";

ALTER TABLE "ticket_message" DROP COLUMN "event";
