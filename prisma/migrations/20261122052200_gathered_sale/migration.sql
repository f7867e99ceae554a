-- Orders are placed and settled many at a time: buyers' standing, quotas as data, costs and expiry on the order, an outbox; the ledger's entries balance by their shape.

-- DropIndex
DROP INDEX "orders_customer_id_placed_at_idx";

-- DropIndex
DROP INDEX "ledger_entry_transaction_id_idx";

-- DropIndex
DROP INDEX "ledger_entry_account_idx";

-- AlterTable
ALTER TABLE "stock" ADD COLUMN     "cost" INTEGER;

-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "cost" INTEGER,
ADD COLUMN     "keys_expire_at" TIMESTAMPTZ(3),
ADD COLUMN     "unfit" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "units" INTEGER NOT NULL DEFAULT 0;

-- What was booked so far is pairs: a debit (above zero) and a credit of the same amount.
ALTER TABLE "ledger_entry" RENAME TO "ledger_side";
ALTER TABLE "ledger_side" RENAME CONSTRAINT "ledger_entry_pkey" TO "ledger_side_pkey";
ALTER TABLE "ledger_side" RENAME CONSTRAINT "ledger_entry_transaction_id_fkey" TO "ledger_side_transaction_id_fkey";
CREATE TABLE "ledger_entry" (
    "transaction_id" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "debit" TEXT NOT NULL,
    "credit" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("transaction_id", "position"),
    CONSTRAINT "ledger_entry_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "ledger_transaction"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "ledger_entry_moves" CHECK ("amount" > 0 AND "debit" <> "credit")
);
INSERT INTO "ledger_entry"
SELECT d."transaction_id", row_number() OVER (PARTITION BY d."transaction_id" ORDER BY d."id"), d."account", c."account", d."amount", d."currency"
FROM "ledger_side" d JOIN "ledger_side" c ON c."transaction_id" = d."transaction_id" AND c."amount" = -d."amount" AND c."currency" = d."currency"
WHERE d."amount" > 0;
DROP TABLE "ledger_side";

-- CreateTable
CREATE TABLE "customer_standing" (
    "customer_id" INTEGER NOT NULL,
    "open_orders" INTEGER NOT NULL DEFAULT 0,
    "open_units" INTEGER NOT NULL DEFAULT 0,
    "paid" INTEGER NOT NULL DEFAULT 0,
    "expired" INTEGER NOT NULL DEFAULT 0,
    "trust" TEXT,

    CONSTRAINT "customer_standing_pkey" PRIMARY KEY ("customer_id")
);

-- CreateTable
CREATE TABLE "trust_level" (
    "name" TEXT NOT NULL,
    "rank" INTEGER NOT NULL,
    "min_paid" INTEGER NOT NULL,
    "max_expired" INTEGER NOT NULL,
    "open_orders" INTEGER NOT NULL,
    "open_units" INTEGER NOT NULL,
    "product_units" INTEGER NOT NULL,
    "stock_percent" INTEGER NOT NULL,
    "always_units" INTEGER NOT NULL,

    CONSTRAINT "trust_level_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "task" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "key" TEXT,
    "queue" TEXT,
    "priority" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "orders_customer_id_paid_at_idx" ON "orders"("customer_id", "paid_at");

-- AddForeignKey
ALTER TABLE "customer_standing" ADD CONSTRAINT "customer_standing_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Only money that is not at its end is looked for by its outcome.
DROP INDEX "payment_outcome_idx";
CREATE INDEX "payment_outcome_idx" ON "payment"("outcome") WHERE "outcome" IN ('received', 'refunding');

-- A relay deletes from one end what is added at the other: the few rows that are there are looked at often.
ALTER TABLE "outbox" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- What stands in the tables already.
UPDATE "stock" s SET "cost" = k."cost" FROM "card_key" k WHERE k."id" = s."card_id" AND k."cost" IS NOT NULL;
UPDATE "orders" o SET "units" = u."units", "cost" = u."cost", "keys_expire_at" = u."expires_at"
FROM (
  SELECT l."order_id", count(*)::int AS "units", CASE WHEN count(k."cost") = count(*) THEN sum(k."cost")::int END AS "cost", min(k."expires_at") AS "expires_at"
  FROM "order_line" l JOIN "order_unit" n ON n."line_id" = l."id" LEFT JOIN "card_key" k ON k."id" = n."card_id" GROUP BY l."order_id") u
WHERE u."order_id" = o."id";
UPDATE "orders" o SET "unfit" = true WHERE o."state" = 'awaiting_payment' AND EXISTS (
  SELECT FROM "order_line" l JOIN "order_unit" n ON n."line_id" = l."id" JOIN "card_mark" m ON m."card_id" = n."card_id" WHERE l."order_id" = o."id");
INSERT INTO "customer_standing" ("customer_id", "open_orders", "open_units", "paid")
SELECT c."id", count(o."id") FILTER (WHERE o."state" = 'awaiting_payment'), coalesce(sum(o."units") FILTER (WHERE o."state" = 'awaiting_payment'), 0),
  count(o."id") FILTER (WHERE o."paid_at" IS NOT NULL)
FROM "customer" c LEFT JOIN "orders" o ON o."customer_id" = c."id" GROUP BY c."id";

-- What ships. Staff change it by command.
INSERT INTO "trust_level" ("name", "rank", "min_paid", "max_expired", "open_orders", "open_units", "product_units", "stock_percent", "always_units") VALUES
  ('restricted', 0, 0, 2147483647, 1, 5, 5, 10, 2),
  ('new', 1, 0, 2, 3, 200, 200, 50, 20),
  ('returning', 2, 1, 3, 3, 400, 200, 75, 50),
  ('trusted', 3, 10, 5, 5, 2000, 1000, 100, 200);

-- What no chat has been answered yet: a handful among all that was heard in a week.
CREATE INDEX "chat_event_waiting_idx" ON "chat_event"("channel", "id") WHERE "done_at" IS NULL;
