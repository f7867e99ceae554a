-- Tickets are conversations; keys that do not work are replaced or refunded, and claimed from their suppliers.

-- CreateEnum
CREATE TYPE "unit_end" AS ENUM ('replaced', 'refunded');

-- CreateEnum
CREATE TYPE "complaint_state" AS ENUM ('open', 'replaced', 'refunded', 'rejected', 'withdrawn');

-- CreateEnum
CREATE TYPE "complaint_reason" AS ENUM ('already_used', 'invalid', 'wrong_region', 'expired', 'other');

-- CreateEnum
CREATE TYPE "claim_state" AS ENUM ('open', 'accepted', 'refused', 'settled');

-- DropIndex
DROP INDEX "ticket_state_idx";

-- AlterTable
ALTER TABLE "order_unit" ADD COLUMN     "ended" "unit_end";

-- AlterTable
ALTER TABLE "payment" ADD COLUMN     "parted" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "refund" ADD COLUMN     "part" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "ticket" ADD COLUMN     "answered_at" TIMESTAMPTZ(3),
ADD COLUMN     "assignee_id" INTEGER,
ADD COLUMN     "closed_at" TIMESTAMPTZ(3),
ADD COLUMN     "previous_id" INTEGER,
ADD COLUMN     "waiting_since" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "ticket_message" ADD COLUMN     "note" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "waited" INTEGER;

-- CreateTable
CREATE TABLE "ticket_picture" (
    "message_id" BIGINT NOT NULL,
    "mime" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,

    CONSTRAINT "ticket_picture_pkey" PRIMARY KEY ("message_id")
);

-- CreateTable
CREATE TABLE "canned_answer" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "canned_answer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "complaint" (
    "id" SERIAL NOT NULL,
    "ticket_id" INTEGER NOT NULL,
    "order_id" BIGINT NOT NULL,
    "unit_id" BIGINT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "card_id" BIGINT NOT NULL,
    "reason" "complaint_reason" NOT NULL,
    "state" "complaint_state" NOT NULL DEFAULT 'open',
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" TEXT,
    "replacement_id" BIGINT,
    "refund_id" BIGINT,

    CONSTRAINT "complaint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "supplier_claim" (
    "id" SERIAL NOT NULL,
    "supplier_id" INTEGER NOT NULL,
    "batch_id" INTEGER NOT NULL,
    "card_id" BIGINT NOT NULL,
    "complaint_id" INTEGER NOT NULL,
    "cost" INTEGER,
    "currency" CHAR(3) NOT NULL,
    "state" "claim_state" NOT NULL DEFAULT 'open',
    "amount" INTEGER,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "supplier_claim_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "canned_answer_name_language_key" ON "canned_answer"("name", "language");

-- CreateIndex
CREATE INDEX "complaint_ticket_id_idx" ON "complaint"("ticket_id");

-- CreateIndex
CREATE INDEX "complaint_order_id_idx" ON "complaint"("order_id");

-- CreateIndex
CREATE INDEX "complaint_card_id_idx" ON "complaint"("card_id");

-- CreateIndex
CREATE UNIQUE INDEX "supplier_claim_card_id_key" ON "supplier_claim"("card_id");

-- CreateIndex
CREATE UNIQUE INDEX "supplier_claim_complaint_id_key" ON "supplier_claim"("complaint_id");

-- CreateIndex
CREATE INDEX "supplier_claim_supplier_id_state_idx" ON "supplier_claim"("supplier_id", "state");

-- CreateIndex
CREATE INDEX "ticket_state_waiting_since_idx" ON "ticket"("state", "waiting_since");

-- CreateIndex
CREATE INDEX "ticket_message_at_idx" ON "ticket_message"("at");

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_assignee_id_fkey" FOREIGN KEY ("assignee_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_previous_id_fkey" FOREIGN KEY ("previous_id") REFERENCES "ticket"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_picture" ADD CONSTRAINT "ticket_picture_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "ticket_message"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "complaint" ADD CONSTRAINT "complaint_ticket_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "ticket"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "supplier_claim" ADD CONSTRAINT "supplier_claim_supplier_id_fkey" FOREIGN KEY ("supplier_id") REFERENCES "supplier"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "supplier_claim" ADD CONSTRAINT "supplier_claim_complaint_id_fkey" FOREIGN KEY ("complaint_id") REFERENCES "complaint"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Of two taps at once one makes the complaint.
CREATE UNIQUE INDEX "complaint_open_key" ON "complaint"("card_id") WHERE "state" = 'open';

-- Whoever waits now has waited since they last wrote.
UPDATE "ticket" t SET "waiting_since" = coalesce((SELECT max(m."at") FROM "ticket_message" m WHERE m."ticket_id" = t."id" AND NOT m."from_staff"), t."opened_at")
WHERE t."state" = 'open';
