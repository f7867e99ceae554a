-- Loses: nothing

-- AddForeignKey
ALTER TABLE "card_key" ADD CONSTRAINT "card_key_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "card_key" ADD CONSTRAINT "card_key_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batch"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stock" ADD CONSTRAINT "stock_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stock" ADD CONSTRAINT "stock_card_id_fkey" FOREIGN KEY ("card_id") REFERENCES "card_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
