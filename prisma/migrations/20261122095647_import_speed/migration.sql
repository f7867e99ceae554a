-- The checks of four foreign keys, one by one, were more than half of an import.

-- DropForeignKey
ALTER TABLE "card_key" DROP CONSTRAINT "card_key_product_id_fkey";

-- DropForeignKey
ALTER TABLE "card_key" DROP CONSTRAINT "card_key_batch_id_fkey";

-- DropForeignKey
ALTER TABLE "stock" DROP CONSTRAINT "stock_product_id_fkey";

-- DropForeignKey
ALTER TABLE "stock" DROP CONSTRAINT "stock_card_id_fkey";
