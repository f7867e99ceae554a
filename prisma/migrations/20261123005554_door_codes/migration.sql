-- QR codes of links, and links to a product without a source

-- AlterTable
ALTER TABLE "door" ADD COLUMN     "plain" TEXT NOT NULL DEFAULT '';

-- The doors that there are: without the part that names a source.
UPDATE "door" SET "plain" = regexp_replace("product", '(_src_|&src=)\{source\}', '');

-- CreateTable
CREATE TABLE "door_code" (
    "account" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "door_code_pkey" PRIMARY KEY ("account","payload")
);
