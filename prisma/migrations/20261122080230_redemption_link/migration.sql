-- Links that show the keys of an order once.

-- CreateTable
CREATE TABLE "redemption_link" (
    "id" BIGSERIAL NOT NULL,
    "order_id" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "opened_at" TIMESTAMPTZ(3),
    "opened_by" BYTEA,

    CONSTRAINT "redemption_link_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "redemption_link_hash_key" ON "redemption_link"("hash");

-- CreateIndex
CREATE INDEX "redemption_link_order_id_idx" ON "redemption_link"("order_id");

-- AddForeignKey
ALTER TABLE "redemption_link" ADD CONSTRAINT "redemption_link_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
