-- One person may have accounts on several channels, linked by a one-time code

-- AlterEnum
ALTER TYPE "wallet_move" ADD VALUE 'linked';

-- AlterTable
ALTER TABLE "customer" ADD COLUMN     "merged_into" INTEGER;

-- AlterTable
ALTER TABLE "identity" ADD COLUMN     "linked_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "link_code" (
    "customer_id" INTEGER NOT NULL,
    "hash" BYTEA NOT NULL,
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "typed_by" INTEGER,

    CONSTRAINT "link_code_pkey" PRIMARY KEY ("customer_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "link_code_hash_key" ON "link_code"("hash");

-- CreateIndex
CREATE INDEX "link_code_typed_by_idx" ON "link_code"("typed_by");

-- CreateIndex
CREATE INDEX "customer_merged_into_idx" ON "customer"("merged_into");

-- AddForeignKey
ALTER TABLE "customer" ADD CONSTRAINT "customer_merged_into_fkey" FOREIGN KEY ("merged_into") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "link_code" ADD CONSTRAINT "link_code_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- by hand: what is written for somebody who has just become one with another customer is written for that one. It waits for whoever
-- is linking them. Not on orders and what is written with them: whoever places or settles one holds what a link needs.
CREATE FUNCTION "as_one"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  other integer;
BEGIN
  SELECT "merged_into" INTO other FROM "customer" WHERE "id" = NEW."customer_id" FOR KEY SHARE;
  NEW."customer_id" := coalesce(other, NEW."customer_id");
  RETURN NEW;
END $$;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['identity', 'ticket', 'feedback', 'mailing_recipient', 'source_visit', 'risk_refusal', 'risk_vouch', 'customer_challenge', 'challenge_given', 'risk_sign', 'blocklist', 'staff_member', 'second_factor', 'link_code'] LOOP
    EXECUTE format('CREATE TRIGGER "as_one" BEFORE INSERT ON %I FOR EACH ROW EXECUTE FUNCTION "as_one"()', name);
  END LOOP;
END $$;
