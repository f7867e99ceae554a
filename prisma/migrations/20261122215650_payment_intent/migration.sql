-- Payments outside the chat: what was begun at a provider, and the fees its bill tells of

-- CreateEnum
CREATE TYPE "intent_state" AS ENUM ('open', 'paid', 'closed');

-- AlterTable
ALTER TABLE "payment" ADD COLUMN     "fee_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "refund" ADD COLUMN     "attempt" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "fee" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "fee_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "payment_intent" (
    "id" BIGSERIAL NOT NULL,
    "order_id" BIGINT NOT NULL,
    "provider" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "trade_no" TEXT NOT NULL,
    "form" TEXT NOT NULL,
    "payer" TEXT,
    "amount" INTEGER NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "state" "intent_state" NOT NULL DEFAULT 'open',
    "handle" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "looked_at" TIMESTAMPTZ(3),
    "look_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payment_intent_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "payment_intent_state_look_at_idx" ON "payment_intent"("state", "look_at");

-- CreateIndex
CREATE UNIQUE INDEX "payment_intent_provider_trade_no_key" ON "payment_intent"("provider", "trade_no");

-- CreateIndex
CREATE UNIQUE INDEX "payment_intent_order_id_provider_attempt_key" ON "payment_intent"("order_id", "provider", "attempt");

-- AddForeignKey
ALTER TABLE "payment_intent" ADD CONSTRAINT "payment_intent_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
