-- Loses: what buyers have in their wallets, and where it came from (the ledger still has the sums); what providers kept of payments.

-- DropForeignKey
ALTER TABLE "refund" DROP CONSTRAINT "refund_customer_id_fkey";

-- DropForeignKey
ALTER TABLE "wallet" DROP CONSTRAINT "wallet_customer_id_fkey";

-- DropForeignKey
ALTER TABLE "wallet_entry" DROP CONSTRAINT "wallet_entry_customer_id_currency_fkey";

-- DropForeignKey
ALTER TABLE "wallet_entry" DROP CONSTRAINT "wallet_entry_payment_id_fkey";

-- AlterTable
ALTER TABLE "payment" DROP COLUMN "excess",
DROP COLUMN "fee";

-- AlterTable
ALTER TABLE "refund" DROP COLUMN "customer_id";

-- DropTable
DROP TABLE "wallet";

-- DropTable
DROP TABLE "wallet_entry";

-- DropEnum
DROP TYPE "wallet_move";
