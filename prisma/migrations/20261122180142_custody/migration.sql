-- Keys that were taken out of the shop, and versions of the vault's key.

-- AlterEnum
ALTER TYPE "card_mark_kind" ADD VALUE 'exported';

-- AlterTable
ALTER TABLE "card_mark" ADD COLUMN     "export_id" INTEGER;

-- CreateTable
CREATE TABLE "vault_version" (
    "version" INTEGER NOT NULL,
    "key_hash" BYTEA NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL,
    "activated_at" TIMESTAMPTZ(3),
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "vault_version_pkey" PRIMARY KEY ("version")
);

-- CreateTable
CREATE TABLE "vault_process" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "keys" BYTEA[],
    "uses" INTEGER NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "vault_process_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "key_export" (
    "id" SERIAL NOT NULL,
    "ref" TEXT NOT NULL,
    "product_id" INTEGER NOT NULL,
    "batch_id" INTEGER,
    "keys" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "key_export_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "key_export_ref_key" ON "key_export"("ref");

-- CreateIndex
CREATE INDEX "card_mark_export_id_idx" ON "card_mark"("export_id");

-- AddForeignKey
ALTER TABLE "card_mark" ADD CONSTRAINT "card_mark_export_id_fkey" FOREIGN KEY ("export_id") REFERENCES "key_export"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "key_export" ADD CONSTRAINT "key_export_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- by hand: not worth a log.
ALTER TABLE "vault_process" SET UNLOGGED;
