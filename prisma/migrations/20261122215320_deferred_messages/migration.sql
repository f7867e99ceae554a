-- What a platform takes only after its person's next word waits, sealed.

-- CreateTable
CREATE TABLE "deferred_message" (
    "id" BIGSERIAL NOT NULL,
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "subject" TEXT,
    "sealed" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "deferred_message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "deferred_message_channel_chat_id_idx" ON "deferred_message"("channel", "chat", "id");

-- CreateIndex
CREATE UNIQUE INDEX "deferred_message_channel_chat_subject_key" ON "deferred_message"("channel", "chat", "subject");
