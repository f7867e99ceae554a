-- Loses: which customers were linked: who has several accounts keeps them, with all that was bought, as one customer.

-- by hand, and before the move goes: money that went from one customer to another stays where it is.
UPDATE "wallet_entry" SET "move" = 'adjusted', "note" = coalesce("note", 'linked accounts') WHERE "move" = 'linked';

-- AlterEnum
CREATE TYPE "wallet_move_new" AS ENUM ('returned', 'excess', 'refunded', 'paid', 'taken_back', 'adjusted');
ALTER TABLE "wallet_entry" ALTER COLUMN "move" TYPE "wallet_move_new" USING ("move"::text::"wallet_move_new");
ALTER TYPE "wallet_move" RENAME TO "wallet_move_old";
ALTER TYPE "wallet_move_new" RENAME TO "wallet_move";
DROP TYPE "wallet_move_old";

-- DropForeignKey
ALTER TABLE "customer" DROP CONSTRAINT "customer_merged_into_fkey";

-- DropForeignKey
ALTER TABLE "link_code" DROP CONSTRAINT "link_code_customer_id_fkey";

-- DropIndex
DROP INDEX "customer_merged_into_idx";

-- AlterTable
ALTER TABLE "customer" DROP COLUMN "merged_into";

-- AlterTable
ALTER TABLE "identity" DROP COLUMN "linked_at";

-- DropTable
DROP TABLE "link_code";

-- by hand:
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['identity', 'ticket', 'feedback', 'mailing_recipient', 'source_visit', 'risk_refusal', 'risk_vouch', 'customer_challenge', 'challenge_given', 'risk_sign', 'blocklist', 'staff_member', 'second_factor'] LOOP
    EXECUTE format('DROP TRIGGER "as_one" ON %I', name);
  END LOOP;
END $$;
DROP FUNCTION "as_one"();
