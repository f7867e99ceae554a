-- Risk rules are conditions that staff write; every decision keeps what it was made on.

-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "device" BYTEA,
ADD COLUMN     "ip" BYTEA;

-- AlterTable
ALTER TABLE "risk_decision" ADD COLUMN     "stage" TEXT NOT NULL DEFAULT 'payment';

-- CreateTable
CREATE TABLE "risk_refusal" (
    "key" TEXT NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "channel" TEXT NOT NULL,
    "wanted" JSONB NOT NULL,
    "outcome" TEXT NOT NULL,
    "reasons" JSONB NOT NULL,
    "rules" JSONB NOT NULL,
    "facts" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "risk_refusal_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "customer_trait" (
    "kind" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "customer_trait_pkey" PRIMARY KEY ("kind","hash","customer_id")
);

-- CreateTable
CREATE TABLE "customer_group" (
    "customer_id" INTEGER NOT NULL,
    "group_id" INTEGER NOT NULL,

    CONSTRAINT "customer_group_pkey" PRIMARY KEY ("customer_id")
);

-- CreateTable
CREATE TABLE "customer_challenge" (
    "customer_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "passed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "customer_challenge_pkey" PRIMARY KEY ("customer_id","kind")
);

-- CreateTable
CREATE TABLE "risk_sign" (
    "id" BIGSERIAL NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "risk_sign_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "blocklist" (
    "id" SERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "value_hash" BYTEA NOT NULL,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "lifted_at" TIMESTAMPTZ(3),
    "lifted_by" TEXT,

    CONSTRAINT "blocklist_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "risk_refusal_customer_id_idx" ON "risk_refusal"("customer_id");

-- CreateIndex
CREATE INDEX "customer_trait_customer_id_kind_idx" ON "customer_trait"("customer_id", "kind");

-- CreateIndex
CREATE INDEX "customer_group_group_id_idx" ON "customer_group"("group_id");

-- CreateIndex
CREATE UNIQUE INDEX "risk_sign_event_key" ON "risk_sign"("event");

-- CreateIndex
CREATE INDEX "risk_sign_customer_id_kind_at_idx" ON "risk_sign"("customer_id", "kind", "at");

-- CreateIndex
CREATE INDEX "blocklist_kind_value_hash_idx" ON "blocklist"("kind", "value_hash");

-- CreateIndex
CREATE INDEX "payment_payer_received_at_idx" ON "payment"("payer", "received_at");

-- by hand: nearly all orders come through doors that show neither.
CREATE INDEX "orders_ip_paid_at_idx" ON "orders"("ip", "paid_at") WHERE "ip" IS NOT NULL;
CREATE INDEX "orders_ip_placed_at_idx" ON "orders"("ip", "placed_at") WHERE "ip" IS NOT NULL;
CREATE INDEX "orders_device_paid_at_idx" ON "orders"("device", "paid_at") WHERE "device" IS NOT NULL;
CREATE INDEX "orders_device_placed_at_idx" ON "orders"("device", "placed_at") WHERE "device" IS NOT NULL;

-- by hand: why orders were held, and the rules themselves, in their new form.
UPDATE "orders" o SET "hold_reasons" = (
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'rule', h.reason ->> 'rule',
    'version', h.reason -> 'version',
    'verdict', 'hold',
    'because', jsonb_build_array(jsonb_build_object(
      'condition', jsonb_build_object(
        'fact', coalesce(r."definition" ->> 'of', 'orders'),
        'by', 'buyer',
        'within', coalesce(r."definition" -> 'window', '60'::jsonb),
        'op', '>',
        'value', h.reason -> 'limit'),
      'observed', h.reason -> 'observed'))) ORDER BY h.n), '[]'::jsonb)
  FROM jsonb_array_elements(o."hold_reasons") WITH ORDINALITY AS h (reason, n)
    LEFT JOIN "risk_rule" r ON r."name" = h.reason ->> 'rule' AND r."version" = (h.reason ->> 'version')::int)
WHERE jsonb_typeof(o."hold_reasons") = 'array';

UPDATE "risk_rule" SET "definition" = jsonb_build_object(
  'at', 'payment',
  'all', jsonb_build_array(jsonb_build_object(
    'fact', "definition" -> 'of',
    'by', 'buyer',
    'within', "definition" -> 'window',
    'op', '>',
    'value', "definition" -> 'limit')),
  'verdict', 'hold')
WHERE "definition" ->> 'kind' = 'velocity';
