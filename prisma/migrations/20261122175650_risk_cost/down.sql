-- Loses: what is in COLUMN "refunded_at".

-- AlterTable
ALTER TABLE "orders" DROP COLUMN "refunded_at";
