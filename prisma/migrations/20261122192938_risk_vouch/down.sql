-- Loses: what is in TABLE "risk_vouch".

-- DropIndex
DROP INDEX "risk_refusal_at_idx";

-- DropTable
DROP TABLE "risk_vouch";
