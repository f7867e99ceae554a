-- Money that cannot go back to where it came from is kept for the buyer in a wallet, which pays for orders; what a provider keeps of a payment is booked.

-- CreateEnum
CREATE TYPE "wallet_move" AS ENUM ('returned', 'excess', 'refunded', 'paid', 'taken_back');

-- AlterTable
ALTER TABLE "payment" ADD COLUMN     "excess" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "fee" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "refund" ADD COLUMN     "customer_id" INTEGER;

-- CreateTable
CREATE TABLE "wallet" (
    "customer_id" INTEGER NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "balance" BIGINT NOT NULL,

    CONSTRAINT "wallet_pkey" PRIMARY KEY ("customer_id","currency"),
    CONSTRAINT "wallet_never_below_zero" CHECK ("balance" >= 0)
);

-- CreateTable
CREATE TABLE "wallet_entry" (
    "id" BIGSERIAL NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount" INTEGER NOT NULL,
    "move" "wallet_move" NOT NULL,
    "payment_id" BIGINT NOT NULL,
    "ref" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "wallet_entry_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "wallet_entry_moves" CHECK ("amount" <> 0)
);

-- CreateIndex
CREATE UNIQUE INDEX "wallet_entry_ref_key" ON "wallet_entry"("ref");

-- CreateIndex
CREATE INDEX "wallet_entry_customer_id_id_idx" ON "wallet_entry"("customer_id", "id");

-- CreateIndex
CREATE INDEX "wallet_entry_payment_id_idx" ON "wallet_entry"("payment_id");

-- AddForeignKey
ALTER TABLE "refund" ADD CONSTRAINT "refund_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "wallet" ADD CONSTRAINT "wallet_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "wallet_entry" ADD CONSTRAINT "wallet_entry_customer_id_currency_fkey" FOREIGN KEY ("customer_id", "currency") REFERENCES "wallet"("customer_id", "currency") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "wallet_entry" ADD CONSTRAINT "wallet_entry_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
