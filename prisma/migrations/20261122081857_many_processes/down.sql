-- Loses: nothing

-- The version before takes up by itself what waits to be handled.
DROP TABLE "chat_lease";

-- DropTable
DROP TABLE "broadcast";
