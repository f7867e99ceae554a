-- Loses: rules of more than one condition, the blocklist, who shares a payer, phone or device, passed challenges, what was refused and why, and where orders came from.

-- DropIndex
DROP INDEX "payment_payer_received_at_idx";

-- AlterTable
ALTER TABLE "orders" DROP COLUMN "device",
DROP COLUMN "ip";

-- AlterTable
ALTER TABLE "risk_decision" DROP COLUMN "stage";

-- DropTable
DROP TABLE "risk_refusal";

-- DropTable
DROP TABLE "customer_trait";

-- DropTable
DROP TABLE "customer_group";

-- DropTable
DROP TABLE "customer_challenge";

-- DropTable
DROP TABLE "risk_sign";

-- DropTable
DROP TABLE "blocklist";

-- by hand: rules that the older form cannot say are deleted; of why an order was held, the first condition stays.
DELETE FROM "risk_rule" WHERE NOT ("definition" ->> 'at' = 'payment' AND jsonb_array_length("definition" -> 'all') = 1
  AND "definition" #>> '{all,0,fact}' IN ('orders', 'units') AND "definition" #>> '{all,0,by}' = 'buyer' AND "definition" #>> '{all,0,op}' = '>');
UPDATE "risk_rule" SET "definition" = jsonb_build_object(
  'kind', 'velocity',
  'of', "definition" #> '{all,0,fact}',
  'window', "definition" #> '{all,0,within}',
  'limit', greatest(("definition" #>> '{all,0,value}')::bigint, 1),
  'outcome', 'hold');
UPDATE "orders" o SET "hold_reasons" = (
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'rule', h.reason -> 'rule',
    'version', h.reason -> 'version',
    'observed', CASE WHEN jsonb_typeof(h.reason #> '{because,0,observed}') = 'number' THEN h.reason #> '{because,0,observed}' ELSE '1'::jsonb END,
    'limit', coalesce(h.reason #> '{because,0,condition,value}', '0'::jsonb)) ORDER BY h.n), '[]'::jsonb)
  FROM jsonb_array_elements(o."hold_reasons") WITH ORDINALITY AS h (reason, n))
WHERE jsonb_typeof(o."hold_reasons") = 'array';
