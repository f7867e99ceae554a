-- Loses: what is in TABLE "solo_act".

-- DropTable
DROP TABLE "solo_act";
