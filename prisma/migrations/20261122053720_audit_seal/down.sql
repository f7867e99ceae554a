-- Loses: every seal of the audit log: what was written until now can no longer be proved.

DROP INDEX "audit_entry_xact_id_idx";
DROP TABLE "audit_seal";
