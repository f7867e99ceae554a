-- Staff who let a held order go vouch for its buyer; orders that were not taken by their time.

-- CreateTable
CREATE TABLE "risk_vouch" (
    "customer_id" INTEGER NOT NULL,
    "rule" TEXT NOT NULL,
    "up_to" INTEGER NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "risk_vouch_pkey" PRIMARY KEY ("customer_id","rule")
);

-- CreateIndex
CREATE INDEX "risk_refusal_at_idx" ON "risk_refusal"("at");
