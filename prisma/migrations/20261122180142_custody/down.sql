-- Loses: which keys left with which export (they stay out of the trade, as void), and the table of versions of the vault's key: retire the
-- old version first, or wait until it is done, because the version before seals to the highest one in the file at once.

-- by hand, and before the kind goes: what was exported is never sold again.
UPDATE "card_mark" SET "kind" = 'void', "reason" = 'exported' WHERE "kind" = 'exported';

-- AlterEnum
CREATE TYPE "card_mark_kind_new" AS ENUM ('frozen', 'void', 'used', 'returned', 'replaced', 'expired');
ALTER TABLE "card_mark" ALTER COLUMN "kind" TYPE "card_mark_kind_new" USING ("kind"::text::"card_mark_kind_new");
ALTER TYPE "card_mark_kind" RENAME TO "card_mark_kind_old";
ALTER TYPE "card_mark_kind_new" RENAME TO "card_mark_kind";
DROP TYPE "card_mark_kind_old";

-- DropForeignKey
ALTER TABLE "card_mark" DROP CONSTRAINT "card_mark_export_id_fkey";

-- DropForeignKey
ALTER TABLE "key_export" DROP CONSTRAINT "key_export_product_id_fkey";

-- DropIndex
DROP INDEX "card_mark_export_id_idx";

-- AlterTable
ALTER TABLE "card_mark" DROP COLUMN "export_id";

-- DropTable
DROP TABLE "vault_version";

-- DropTable
DROP TABLE "vault_process";

-- DropTable
DROP TABLE "key_export";
