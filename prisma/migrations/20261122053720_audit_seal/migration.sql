-- Audit entries are sealed in the order of their transactions; each seal is signed and names the one before.

-- CreateTable
CREATE TABLE "audit_seal" (
    "number" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "after_id" BIGINT NOT NULL,
    "low" BIGINT NOT NULL,
    "high" BIGINT NOT NULL,
    "last_id" BIGINT NOT NULL,
    "size" INTEGER NOT NULL,
    "root" BYTEA NOT NULL,
    "previous" BYTEA NOT NULL,
    "history" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "public_key" BYTEA NOT NULL,
    "signature" BYTEA NOT NULL,
    "leaves" BYTEA NOT NULL,
    "nodes" BYTEA NOT NULL,

    CONSTRAINT "audit_seal_pkey" PRIMARY KEY ("number")
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_seal_epoch_high_key" ON "audit_seal"("epoch", "high");

-- CreateIndex
CREATE INDEX "audit_entry_xact_id_idx" ON "audit_entry"("xact", "id");
