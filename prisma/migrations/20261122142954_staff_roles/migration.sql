-- Roles are data, invitations can be revoked, a second factor and a second person for what is dangerous.

-- CreateEnum
CREATE TYPE "approval_state" AS ENUM ('waiting', 'granted', 'refused', 'withdrawn', 'expired');

-- AlterEnum
ALTER TYPE "wallet_move" ADD VALUE 'adjusted';

-- CreateTable
CREATE TABLE "role" (
    "name" TEXT NOT NULL,
    "permissions" TEXT[],
    "preset" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "role_pkey" PRIMARY KEY ("name")
);

-- The roles that ship; the program fills in what they may do each time it starts.
INSERT INTO "role" ("name", "permissions", "preset")
SELECT name, '{}', true FROM unnest(ARRAY['owner', 'manager', 'stock', 'finance', 'support', 'auditor']) AS name;

-- AlterTable
ALTER TABLE "staff_member" ADD COLUMN     "appointed_by" TEXT NOT NULL DEFAULT 'operator',
ALTER COLUMN "role" TYPE TEXT USING "role"::text;

-- AlterTable
ALTER TABLE "wallet_entry" ADD COLUMN     "note" TEXT,
ALTER COLUMN "payment_id" DROP NOT NULL;

-- CreateTable
CREATE TABLE "invitation" (
    "id" SERIAL NOT NULL,
    "hash" BYTEA NOT NULL,
    "role" TEXT NOT NULL,
    "issued_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "used_at" TIMESTAMPTZ(3),
    "used_by" INTEGER,

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "second_factor" (
    "customer_id" INTEGER NOT NULL,
    "sealed" BYTEA NOT NULL,
    "confirmed_at" TIMESTAMPTZ(3),
    "last_step" BIGINT NOT NULL DEFAULT -1,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "locked_until" TIMESTAMPTZ(3),
    "recovery" BYTEA[],

    CONSTRAINT "second_factor_pkey" PRIMARY KEY ("customer_id")
);

-- CreateTable
CREATE TABLE "approval" (
    "id" SERIAL NOT NULL,
    "act" TEXT NOT NULL,
    "request" JSONB NOT NULL,
    "amount" INTEGER,
    "currency" CHAR(3),
    "requested_by" TEXT NOT NULL,
    "decided_by" TEXT,
    "state" "approval_state" NOT NULL DEFAULT 'waiting',
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "idempotency_key" TEXT NOT NULL,

    CONSTRAINT "approval_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "invitation_hash_key" ON "invitation"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "approval_idempotency_key_key" ON "approval"("idempotency_key");

-- CreateIndex
CREATE INDEX "approval_state_expires_at_idx" ON "approval"("state", "expires_at");

-- Codes that were printed and not used yet go on.
INSERT INTO "invitation" ("hash", "role", "issued_by", "created_at", "expires_at", "used_at", "used_by")
SELECT "hash", "role"::text, 'operator', now(), "expires_at", "used_at", "used_by" FROM "staff_claim";

-- DropTable
DROP TABLE "staff_claim";

-- DropEnum
DROP TYPE "staff_role";

-- AddForeignKey
ALTER TABLE "staff_member" ADD CONSTRAINT "staff_member_role_fkey" FOREIGN KEY ("role") REFERENCES "role"("name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_role_fkey" FOREIGN KEY ("role") REFERENCES "role"("name") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "second_factor" ADD CONSTRAINT "second_factor_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
