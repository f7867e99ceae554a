-- Loses: what is in COLUMN "erased_at", COLUMN "last_source", COLUMN "quiet_since", COLUMN "source", COLUMN "source_at", COLUMN "gone_at", COLUMN "source", TABLE "feedback", TABLE "feedback_request", TABLE "mailing", TABLE "mailing_recipient", TABLE "source", TABLE "source_visit", TABLE "door", TABLE "retention", TABLE "retention_run".

-- DropForeignKey
ALTER TABLE "feedback" DROP CONSTRAINT "feedback_order_id_fkey";

-- DropForeignKey
ALTER TABLE "feedback" DROP CONSTRAINT "feedback_customer_id_fkey";

-- DropForeignKey
ALTER TABLE "feedback_request" DROP CONSTRAINT "feedback_request_order_id_fkey";

-- DropForeignKey
ALTER TABLE "mailing" DROP CONSTRAINT "mailing_product_id_fkey";

-- DropForeignKey
ALTER TABLE "mailing_recipient" DROP CONSTRAINT "mailing_recipient_mailing_id_fkey";

-- DropForeignKey
ALTER TABLE "mailing_recipient" DROP CONSTRAINT "mailing_recipient_customer_id_fkey";

-- DropForeignKey
ALTER TABLE "source_visit" DROP CONSTRAINT "source_visit_customer_id_fkey";

-- DropIndex
DROP INDEX "identity_channel_chat_idx";

-- AlterTable
ALTER TABLE "customer" DROP COLUMN "erased_at",
DROP COLUMN "last_source",
DROP COLUMN "quiet_since",
DROP COLUMN "source",
DROP COLUMN "source_at";

-- AlterTable
ALTER TABLE "identity" DROP COLUMN "gone_at";

-- AlterTable
ALTER TABLE "orders" DROP COLUMN "source";

-- DropTable
DROP TABLE "feedback";

-- DropTable
DROP TABLE "feedback_request";

-- DropTable
DROP TABLE "mailing";

-- DropTable
DROP TABLE "mailing_recipient";

-- DropTable
DROP TABLE "source";

-- DropTable
DROP TABLE "source_visit";

-- DropTable
DROP TABLE "door";

-- DropTable
DROP TABLE "retention";

-- DropTable
DROP TABLE "retention_run";

-- DropEnum
DROP TYPE "mailing_state";

-- DropEnum
DROP TYPE "recipient_state";
