-- One process at a time handles a chat, and processes tell each other what a browser connected to another one has to show.

-- CreateTable
CREATE TABLE "chat_lease" (
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "holder" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "chat_lease_pkey" PRIMARY KEY ("channel","chat")
);

-- What is told is worth nothing after a crash.
CREATE UNLOGGED TABLE "broadcast" (
    "id" UUID NOT NULL,
    "topic" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "broadcast_pkey" PRIMARY KEY ("id")
);

-- What the version before has heard and not handled: nobody holds 0, so that the next process takes it up.
INSERT INTO "chat_lease" ("channel", "chat", "holder") SELECT DISTINCT "channel", "chat", 0 FROM "chat_event" WHERE "done_at" IS NULL;
