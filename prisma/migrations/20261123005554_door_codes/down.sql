-- Loses: what is in COLUMN "plain", TABLE "door_code".

-- AlterTable
ALTER TABLE "door" DROP COLUMN "plain";

-- DropTable
DROP TABLE "door_code";
