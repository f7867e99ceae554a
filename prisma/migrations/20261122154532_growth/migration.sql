-- Feedback, broadcasts to segments, where buyers come from, and personal data kept only so long.

-- CreateEnum
CREATE TYPE "mailing_state" AS ENUM ('draft', 'scheduled', 'sending', 'paused', 'stopped', 'done');

-- CreateEnum
CREATE TYPE "recipient_state" AS ENUM ('waiting', 'sending', 'sent', 'failed', 'unsure', 'gone', 'quiet', 'barred');

-- AlterTable
ALTER TABLE "customer" ADD COLUMN     "erased_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_source" TEXT,
ADD COLUMN     "quiet_since" TIMESTAMPTZ(3),
ADD COLUMN     "source" TEXT,
ADD COLUMN     "source_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "identity" ADD COLUMN     "gone_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "source" TEXT;

-- CreateTable
CREATE TABLE "feedback" (
    "order_id" BIGINT NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "stars" INTEGER NOT NULL,
    "sealed" BYTEA,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "feedback_pkey" PRIMARY KEY ("order_id")
);

-- CreateTable
CREATE TABLE "feedback_request" (
    "order_id" BIGINT NOT NULL,
    "revealed_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "feedback_request_pkey" PRIMARY KEY ("order_id")
);

-- CreateTable
CREATE TABLE "mailing" (
    "id" SERIAL NOT NULL,
    "state" "mailing_state" NOT NULL DEFAULT 'draft',
    "text" TEXT NOT NULL,
    "picture_mime" TEXT,
    "picture" BYTEA,
    "product_id" INTEGER,
    "segment" JSONB NOT NULL,
    "by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "send_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "filled_to" INTEGER NOT NULL DEFAULT 0,
    "filled_at" TIMESTAMPTZ(3),
    "figures" JSONB,

    CONSTRAINT "mailing_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mailing_recipient" (
    "mailing_id" INTEGER NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "state" "recipient_state" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "opened_at" TIMESTAMPTZ(3),

    CONSTRAINT "mailing_recipient_pkey" PRIMARY KEY ("mailing_id","customer_id")
);

-- CreateTable
CREATE TABLE "source" (
    "name" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "source_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "source_visit" (
    "source" TEXT NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "source_visit_pkey" PRIMARY KEY ("source","customer_id")
);

-- CreateTable
CREATE TABLE "door" (
    "channel" TEXT NOT NULL,
    "shop" TEXT NOT NULL,
    "product" TEXT NOT NULL,

    CONSTRAINT "door_pkey" PRIMARY KEY ("channel")
);

-- CreateTable
CREATE TABLE "retention" (
    "kind" TEXT NOT NULL,
    "days" INTEGER NOT NULL,

    CONSTRAINT "retention_pkey" PRIMARY KEY ("kind")
);

-- CreateTable
CREATE TABLE "retention_run" (
    "day" DATE NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "retention_run_pkey" PRIMARY KEY ("day")
);

-- CreateIndex
CREATE INDEX "feedback_stars_at_idx" ON "feedback"("stars", "at" DESC);

-- CreateIndex
CREATE INDEX "feedback_customer_id_idx" ON "feedback"("customer_id");

-- CreateIndex
CREATE INDEX "feedback_request_closed_at_revealed_at_idx" ON "feedback_request"("closed_at", "revealed_at");

-- CreateIndex
CREATE INDEX "mailing_state_idx" ON "mailing"("state");

-- CreateIndex
CREATE INDEX "mailing_recipient_mailing_id_state_channel_customer_id_idx" ON "mailing_recipient"("mailing_id", "state", "channel", "customer_id");

-- CreateIndex
CREATE INDEX "mailing_recipient_customer_id_idx" ON "mailing_recipient"("customer_id");

-- CreateIndex
CREATE INDEX "source_visit_customer_id_idx" ON "source_visit"("customer_id");

-- CreateIndex
CREATE INDEX "source_visit_last_at_idx" ON "source_visit"("last_at");

-- CreateIndex
CREATE INDEX "identity_channel_chat_idx" ON "identity"("channel", "chat");

-- AddForeignKey
ALTER TABLE "feedback" ADD CONSTRAINT "feedback_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feedback" ADD CONSTRAINT "feedback_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feedback_request" ADD CONSTRAINT "feedback_request_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mailing" ADD CONSTRAINT "mailing_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mailing_recipient" ADD CONSTRAINT "mailing_recipient_mailing_id_fkey" FOREIGN KEY ("mailing_id") REFERENCES "mailing"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mailing_recipient" ADD CONSTRAINT "mailing_recipient_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "source_visit" ADD CONSTRAINT "source_visit_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "feedback" ADD CONSTRAINT "feedback_stars_check" CHECK ("stars" BETWEEN 1 AND 5);

-- Most orders come by no link: they pay nothing for it.
CREATE INDEX "orders_source_paid_at_idx" ON "orders"("source", "paid_at") WHERE "source" IS NOT NULL;
