-- Loses: what is in TABLE "access_token", TABLE "send_allowance".

-- DropTable
DROP TABLE "access_token";

-- DropTable
DROP TABLE "send_allowance";
