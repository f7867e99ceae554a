-- What waits is counted in messages, and knows its answer and how often it failed

-- AlterTable
ALTER TABLE "deferred_message" ADD COLUMN     "event" TEXT,
ADD COLUMN     "messages" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "tries" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 0;

-- by hand: what waits without being a notice is of an answer, to an event that is long over.
UPDATE "deferred_message" SET "event" = '' WHERE "subject" IS NULL;
