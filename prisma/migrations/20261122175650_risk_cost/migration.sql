-- What counts refunds of a buyer does not look at all their orders

-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "refunded_at" TIMESTAMPTZ(3);

-- by hand: few orders are refunded; and those that were before.
CREATE INDEX "orders_customer_id_paid_at_refunded_idx" ON "orders"("customer_id", "paid_at") WHERE "refunded_at" IS NOT NULL;
UPDATE "orders" o SET "refunded_at" = f.at
FROM (
  SELECT p."order_id", min(r."requested_at") AS at FROM "refund" r JOIN "payment" p ON p."id" = r."payment_id"
  WHERE p."rule" IN ('on_time', 'late', 'overpaid') AND p."order_id" IS NOT NULL GROUP BY 1) AS f
WHERE o."id" = f."order_id";
