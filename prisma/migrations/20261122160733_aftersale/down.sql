-- Loses: what is in COLUMN "ended", COLUMN "parted", COLUMN "part", COLUMN "answered_at", COLUMN "assignee_id", COLUMN "closed_at", COLUMN "previous_id", COLUMN "waiting_since", COLUMN "note", COLUMN "waited", TABLE "ticket_picture", TABLE "canned_answer", TABLE "complaint", TABLE "supplier_claim".

-- DropForeignKey
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_assignee_id_fkey";

-- DropForeignKey
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_previous_id_fkey";

-- DropForeignKey
ALTER TABLE "ticket_picture" DROP CONSTRAINT "ticket_picture_message_id_fkey";

-- DropForeignKey
ALTER TABLE "complaint" DROP CONSTRAINT "complaint_ticket_id_fkey";

-- DropForeignKey
ALTER TABLE "supplier_claim" DROP CONSTRAINT "supplier_claim_supplier_id_fkey";

-- DropForeignKey
ALTER TABLE "supplier_claim" DROP CONSTRAINT "supplier_claim_complaint_id_fkey";

-- DropIndex
DROP INDEX "ticket_state_waiting_since_idx";

-- DropIndex
DROP INDEX "ticket_message_at_idx";

-- AlterTable
ALTER TABLE "order_unit" DROP COLUMN "ended";

-- AlterTable
ALTER TABLE "payment" DROP COLUMN "parted";

-- AlterTable
ALTER TABLE "refund" DROP COLUMN "part";

-- AlterTable
ALTER TABLE "ticket" DROP COLUMN "answered_at",
DROP COLUMN "assignee_id",
DROP COLUMN "closed_at",
DROP COLUMN "previous_id",
DROP COLUMN "waiting_since";

-- AlterTable
ALTER TABLE "ticket_message" DROP COLUMN "note",
DROP COLUMN "waited";

-- DropTable
DROP TABLE "ticket_picture";

-- DropTable
DROP TABLE "canned_answer";

-- DropTable
DROP TABLE "complaint";

-- DropTable
DROP TABLE "supplier_claim";

-- DropEnum
DROP TYPE "unit_end";

-- DropEnum
DROP TYPE "complaint_state";

-- DropEnum
DROP TYPE "complaint_reason";

-- DropEnum
DROP TYPE "claim_state";

-- CreateIndex
CREATE INDEX "ticket_state_idx" ON "ticket"("state");
