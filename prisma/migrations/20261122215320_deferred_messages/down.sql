-- Loses: what is in TABLE "deferred_message".

-- DropTable
DROP TABLE "deferred_message";
