-- Loses: roles that the shop made itself, who appointed whom, invitations that were not used, second factors and approvals.
-- Fails, and changes nothing, while somebody has a role that did not ship or staff have adjusted a wallet: those cannot be told before.

-- CreateEnum
CREATE TYPE "staff_role" AS ENUM ('owner', 'manager', 'stock', 'finance', 'support', 'auditor');

-- AlterEnum
CREATE TYPE "wallet_move_new" AS ENUM ('returned', 'excess', 'refunded', 'paid', 'taken_back');
ALTER TABLE "wallet_entry" ALTER COLUMN "move" TYPE "wallet_move_new" USING ("move"::text::"wallet_move_new");
ALTER TYPE "wallet_move" RENAME TO "wallet_move_old";
ALTER TYPE "wallet_move_new" RENAME TO "wallet_move";
DROP TYPE "wallet_move_old";

-- DropForeignKey
ALTER TABLE "staff_member" DROP CONSTRAINT "staff_member_role_fkey";

-- DropForeignKey
ALTER TABLE "invitation" DROP CONSTRAINT "invitation_role_fkey";

-- DropForeignKey
ALTER TABLE "second_factor" DROP CONSTRAINT "second_factor_customer_id_fkey";

-- AlterTable
ALTER TABLE "staff_member" DROP COLUMN "appointed_by",
ALTER COLUMN "role" TYPE "staff_role" USING "role"::"staff_role";

-- AlterTable
ALTER TABLE "wallet_entry" DROP COLUMN "note",
ALTER COLUMN "payment_id" SET NOT NULL;

-- CreateTable
CREATE TABLE "staff_claim" (
    "hash" BYTEA NOT NULL,
    "role" "staff_role" NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by" INTEGER,

    CONSTRAINT "staff_claim_pkey" PRIMARY KEY ("hash")
);

INSERT INTO "staff_claim" ("hash", "role", "expires_at", "used_at", "used_by")
SELECT "hash", "role"::"staff_role", "expires_at", "used_at", "used_by" FROM "invitation" WHERE "revoked_at" IS NULL AND "issued_by" = 'operator';

-- DropTable
DROP TABLE "invitation";

-- DropTable
DROP TABLE "role";

-- DropTable
DROP TABLE "second_factor";

-- DropTable
DROP TABLE "approval";

-- DropEnum
DROP TYPE "approval_state";

