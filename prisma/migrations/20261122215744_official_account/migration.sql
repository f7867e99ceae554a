-- What WeChat's official account counts and lends is shared between processes

-- CreateTable
CREATE TABLE "access_token" (
    "name" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "access_token_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "send_allowance" (
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "remaining" INTEGER NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "cause" TEXT NOT NULL,

    CONSTRAINT "send_allowance_pkey" PRIMARY KEY ("channel","chat","kind")
);
