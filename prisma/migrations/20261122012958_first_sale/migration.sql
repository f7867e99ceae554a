-- The tables of the first sale, shaped for what follows: lines and units, a payment inbox, a ledger, an audit log, sealed chat events.

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "staff_role" AS ENUM ('owner', 'manager', 'stock', 'finance', 'support', 'auditor');

-- CreateEnum
CREATE TYPE "product_kind" AS ENUM ('card_key', 'top_up', 'voucher', 'loop_code', 'manual', 'bundle');

-- CreateEnum
CREATE TYPE "card_mark_kind" AS ENUM ('frozen', 'void', 'used', 'returned', 'replaced', 'expired');

-- CreateEnum
CREATE TYPE "order_state" AS ENUM ('awaiting_payment', 'paid', 'held', 'delivering', 'delivered', 'part_delivered', 'backordered', 'refunding', 'refunded', 'expired', 'cancelled');

-- CreateEnum
CREATE TYPE "payment_outcome" AS ENUM ('received', 'settled', 'refunding', 'refunded', 'credited');

-- CreateEnum
CREATE TYPE "refund_state" AS ENUM ('requested', 'done', 'failed');

-- CreateEnum
CREATE TYPE "ticket_state" AS ENUM ('open', 'answered', 'closed');

-- CreateTable
CREATE TABLE "shop_setting" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "shop_setting_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "customer" (
    "id" SERIAL NOT NULL,
    "pseudonym" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT,
    "language" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "identity" (
    "channel" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "chat" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "identity_pkey" PRIMARY KEY ("channel","external_id")
);

-- CreateTable
CREATE TABLE "staff_member" (
    "customer_id" INTEGER NOT NULL,
    "role" "staff_role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "suspended_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_member_pkey" PRIMARY KEY ("customer_id")
);

-- CreateTable
CREATE TABLE "staff_claim" (
    "hash" BYTEA NOT NULL,
    "role" "staff_role" NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by" INTEGER,

    CONSTRAINT "staff_claim_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "category" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "rank" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "category_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "product" (
    "id" SERIAL NOT NULL,
    "sku" TEXT NOT NULL,
    "kind" "product_kind" NOT NULL DEFAULT 'card_key',
    "category_id" INTEGER,
    "price" INTEGER NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "stars" INTEGER,
    "format" TEXT NOT NULL DEFAULT 'code',
    "limit" INTEGER NOT NULL DEFAULT 200,
    "on_shelf" BOOLEAN NOT NULL DEFAULT true,
    "demo" BOOLEAN NOT NULL DEFAULT false,
    "picture_url" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "product_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "product_text" (
    "product_id" INTEGER NOT NULL,
    "language" TEXT NOT NULL,
    "name" TEXT,
    "description" TEXT,
    "redeem" TEXT,
    "validity" TEXT,
    "support" TEXT,

    CONSTRAINT "product_text_pkey" PRIMARY KEY ("product_id","language")
);

-- CreateTable
CREATE TABLE "picture" (
    "product_id" INTEGER NOT NULL,
    "mime" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "sha256" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "picture_pkey" PRIMARY KEY ("product_id")
);

-- CreateTable
CREATE TABLE "supplier" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "supplier_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch" (
    "id" SERIAL NOT NULL,
    "product_id" INTEGER NOT NULL,
    "supplier_id" INTEGER,
    "source" TEXT NOT NULL,
    "imported_by" TEXT NOT NULL,
    "sealed_data_key" BYTEA NOT NULL,
    "key_version" INTEGER NOT NULL,
    "added" INTEGER NOT NULL DEFAULT 0,
    "duplicates" INTEGER NOT NULL DEFAULT 0,
    "malformed" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "card_key" (
    "id" BIGSERIAL NOT NULL,
    "product_id" INTEGER NOT NULL,
    "batch_id" INTEGER NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "ciphertext" BYTEA NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "cost" INTEGER,

    CONSTRAINT "card_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stock" (
    "product_id" INTEGER NOT NULL,
    "rank" BIGINT NOT NULL,
    "card_id" BIGINT NOT NULL,

    CONSTRAINT "stock_pkey" PRIMARY KEY ("product_id","rank","card_id")
);

-- CreateTable
CREATE TABLE "card_mark" (
    "card_id" BIGINT NOT NULL,
    "kind" "card_mark_kind" NOT NULL,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "card_mark_pkey" PRIMARY KEY ("card_id")
);

-- CreateTable
CREATE TABLE "import_draft" (
    "id" SERIAL NOT NULL,
    "product_id" INTEGER NOT NULL,
    "staff_id" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "import_draft_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_draft_part" (
    "draft_id" INTEGER NOT NULL,
    "event" TEXT NOT NULL,
    "n" SERIAL NOT NULL,
    "sealed" BYTEA NOT NULL,

    CONSTRAINT "import_draft_part_pkey" PRIMARY KEY ("draft_id","event")
);

-- CreateTable
CREATE TABLE "orders" (
    "id" BIGSERIAL NOT NULL,
    "no" TEXT NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "state" "order_state" NOT NULL DEFAULT 'awaiting_payment',
    "currency" CHAR(3) NOT NULL,
    "total" INTEGER NOT NULL,
    "stars" INTEGER,
    "demo" BOOLEAN NOT NULL DEFAULT false,
    "idempotency_key" TEXT NOT NULL,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,
    "reserved_until" TIMESTAMPTZ(3) NOT NULL,
    "paid_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "hold_reasons" JSONB,
    "promised_at" TIMESTAMPTZ(3),

    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_line" (
    "id" BIGSERIAL NOT NULL,
    "order_id" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "unit_price" INTEGER NOT NULL,
    "unit_stars" INTEGER,

    CONSTRAINT "order_line_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_unit" (
    "id" BIGSERIAL NOT NULL,
    "line_id" BIGINT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "card_id" BIGINT,

    CONSTRAINT "order_unit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reveal" (
    "id" BIGSERIAL NOT NULL,
    "order_id" BIGINT NOT NULL,
    "unit_id" BIGINT NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "channel" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reveal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payment" (
    "id" BIGSERIAL NOT NULL,
    "provider" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "order_no" TEXT,
    "order_id" BIGINT,
    "payer" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" "payment_outcome" NOT NULL DEFAULT 'received',
    "rule" TEXT,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "payment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "refund" (
    "id" BIGSERIAL NOT NULL,
    "payment_id" BIGINT NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "state" "refund_state" NOT NULL DEFAULT 'requested',
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "done_at" TIMESTAMPTZ(3),
    "problem" TEXT,

    CONSTRAINT "refund_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_transaction" (
    "id" BIGSERIAL NOT NULL,
    "ref" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_transaction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "id" BIGSERIAL NOT NULL,
    "transaction_id" BIGINT NOT NULL,
    "account" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "risk_rule" (
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "definition" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,

    CONSTRAINT "risk_rule_pkey" PRIMARY KEY ("name","version")
);

-- CreateTable
CREATE TABLE "risk_decision" (
    "id" BIGSERIAL NOT NULL,
    "order_id" BIGINT NOT NULL,
    "outcome" TEXT NOT NULL,
    "rules" JSONB NOT NULL,
    "facts" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "risk_decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" BIGSERIAL NOT NULL,
    "xact" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "data" JSONB NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "chat_event" (
    "id" BIGSERIAL NOT NULL,
    "channel" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "payload" BYTEA,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "done_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "chat_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "chat_session" (
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "state" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "chat_session_pkey" PRIMARY KEY ("channel","chat")
);

-- CreateTable
CREATE TABLE "chat_message" (
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "chat_message_pkey" PRIMARY KEY ("channel","chat","subject")
);

-- CreateTable
CREATE TABLE "ticket" (
    "id" SERIAL NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "order_no" TEXT,
    "state" "ticket_state" NOT NULL DEFAULT 'open',
    "opened_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ticket_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ticket_message" (
    "id" BIGSERIAL NOT NULL,
    "ticket_id" INTEGER NOT NULL,
    "from_staff" BOOLEAN NOT NULL,
    "author" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ticket_message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "customer_pseudonym_key" ON "customer"("pseudonym");

-- CreateIndex
CREATE INDEX "identity_customer_id_idx" ON "identity"("customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "category_name_key" ON "category"("name");

-- CreateIndex
CREATE UNIQUE INDEX "product_sku_key" ON "product"("sku");

-- CreateIndex
CREATE INDEX "product_category_id_idx" ON "product"("category_id");

-- CreateIndex
CREATE UNIQUE INDEX "supplier_name_key" ON "supplier"("name");

-- CreateIndex
CREATE INDEX "batch_product_id_idx" ON "batch"("product_id");

-- CreateIndex
CREATE UNIQUE INDEX "card_key_fingerprint_key" ON "card_key"("fingerprint");

-- CreateIndex
CREATE INDEX "card_key_product_id_idx" ON "card_key"("product_id");

-- CreateIndex
CREATE UNIQUE INDEX "card_key_batch_id_ordinal_key" ON "card_key"("batch_id", "ordinal");

-- CreateIndex
CREATE UNIQUE INDEX "stock_card_id_key" ON "stock"("card_id");

-- CreateIndex
CREATE UNIQUE INDEX "orders_no_key" ON "orders"("no");

-- CreateIndex
CREATE UNIQUE INDEX "orders_idempotency_key_key" ON "orders"("idempotency_key");

-- CreateIndex
CREATE INDEX "orders_customer_id_placed_at_idx" ON "orders"("customer_id", "placed_at");

-- CreateIndex
CREATE INDEX "orders_state_reserved_until_idx" ON "orders"("state", "reserved_until");

-- CreateIndex
CREATE UNIQUE INDEX "order_line_order_id_position_key" ON "order_line"("order_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "order_unit_card_id_key" ON "order_unit"("card_id");

-- CreateIndex
CREATE UNIQUE INDEX "order_unit_line_id_ordinal_key" ON "order_unit"("line_id", "ordinal");

-- CreateIndex
CREATE INDEX "reveal_order_id_idx" ON "reveal"("order_id");

-- CreateIndex
CREATE INDEX "reveal_unit_id_idx" ON "reveal"("unit_id");

-- CreateIndex
CREATE INDEX "payment_order_id_idx" ON "payment"("order_id");

-- CreateIndex
CREATE INDEX "payment_outcome_idx" ON "payment"("outcome");

-- CreateIndex
CREATE UNIQUE INDEX "payment_provider_reference_key" ON "payment"("provider", "reference");

-- CreateIndex
CREATE INDEX "refund_payment_id_idx" ON "refund"("payment_id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_transaction_ref_key" ON "ledger_transaction"("ref");

-- CreateIndex
CREATE INDEX "ledger_entry_transaction_id_idx" ON "ledger_entry"("transaction_id");

-- CreateIndex
CREATE INDEX "ledger_entry_account_idx" ON "ledger_entry"("account");

-- CreateIndex
CREATE INDEX "risk_decision_order_id_idx" ON "risk_decision"("order_id");

-- CreateIndex
CREATE INDEX "audit_entry_subject_idx" ON "audit_entry"("subject");

-- CreateIndex
CREATE UNIQUE INDEX "chat_event_channel_external_id_key" ON "chat_event"("channel", "external_id");

-- CreateIndex
CREATE INDEX "ticket_customer_id_idx" ON "ticket"("customer_id");

-- CreateIndex
CREATE INDEX "ticket_state_idx" ON "ticket"("state");

-- CreateIndex
CREATE INDEX "ticket_message_ticket_id_idx" ON "ticket_message"("ticket_id");

-- AddForeignKey
ALTER TABLE "identity" ADD CONSTRAINT "identity_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "staff_member" ADD CONSTRAINT "staff_member_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "product" ADD CONSTRAINT "product_category_id_fkey" FOREIGN KEY ("category_id") REFERENCES "category"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "product_text" ADD CONSTRAINT "product_text_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "picture" ADD CONSTRAINT "picture_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "batch" ADD CONSTRAINT "batch_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "batch" ADD CONSTRAINT "batch_supplier_id_fkey" FOREIGN KEY ("supplier_id") REFERENCES "supplier"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "card_key" ADD CONSTRAINT "card_key_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "card_key" ADD CONSTRAINT "card_key_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batch"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stock" ADD CONSTRAINT "stock_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stock" ADD CONSTRAINT "stock_card_id_fkey" FOREIGN KEY ("card_id") REFERENCES "card_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "card_mark" ADD CONSTRAINT "card_mark_card_id_fkey" FOREIGN KEY ("card_id") REFERENCES "card_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_draft" ADD CONSTRAINT "import_draft_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_draft" ADD CONSTRAINT "import_draft_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_draft_part" ADD CONSTRAINT "import_draft_part_draft_id_fkey" FOREIGN KEY ("draft_id") REFERENCES "import_draft"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_unit" ADD CONSTRAINT "order_unit_line_id_fkey" FOREIGN KEY ("line_id") REFERENCES "order_line"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_unit" ADD CONSTRAINT "order_unit_card_id_fkey" FOREIGN KEY ("card_id") REFERENCES "card_key"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reveal" ADD CONSTRAINT "reveal_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reveal" ADD CONSTRAINT "reveal_unit_id_fkey" FOREIGN KEY ("unit_id") REFERENCES "order_unit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reveal" ADD CONSTRAINT "reveal_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment" ADD CONSTRAINT "payment_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refund" ADD CONSTRAINT "refund_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "ledger_transaction"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_message" ADD CONSTRAINT "ticket_message_ticket_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "ticket"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
