-- What somebody did without a second person counts towards their limit for a day.

-- CreateTable
CREATE TABLE "solo_act" (
    "id" SERIAL NOT NULL,
    "act" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "currency" CHAR(3),
    "extent" INTEGER NOT NULL,
    "done_at" TIMESTAMPTZ(3) NOT NULL,
    "idempotency_key" TEXT NOT NULL,

    CONSTRAINT "solo_act_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "solo_act_idempotency_key_key" ON "solo_act"("idempotency_key");

-- CreateIndex
CREATE INDEX "solo_act_actor_act_idx" ON "solo_act"("actor", "act");
