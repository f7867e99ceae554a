-- Loses: what is in COLUMN "fee_at", COLUMN "attempt", COLUMN "fee", COLUMN "fee_at", TABLE "payment_intent".

-- DropForeignKey
ALTER TABLE "payment_intent" DROP CONSTRAINT "payment_intent_order_id_fkey";

-- AlterTable
ALTER TABLE "payment" DROP COLUMN "fee_at";

-- AlterTable
ALTER TABLE "refund" DROP COLUMN "attempt",
DROP COLUMN "fee",
DROP COLUMN "fee_at";

-- DropTable
DROP TABLE "payment_intent";

-- DropEnum
DROP TYPE "intent_state";
