-- Loses: what is in COLUMN "customer_id", COLUMN "label", COLUMN "lift_reason", TABLE "challenge_given".

-- AlterTable
ALTER TABLE "blocklist" DROP COLUMN "customer_id",
DROP COLUMN "label",
DROP COLUMN "lift_reason";

-- DropTable
DROP TABLE "challenge_given";

-- by hand: what was switched on is off again.
DELETE FROM "risk_rule" WHERE "version" = 2 AND "enabled" AND "created_by" = 'system';
