-- Loses: one-time links; what they showed stays recorded, and those not opened yet lead nowhere.

-- DropForeignKey
ALTER TABLE "redemption_link" DROP CONSTRAINT "redemption_link_order_id_fkey";

-- DropTable
DROP TABLE "redemption_link";
