import type { Product } from "@sockshop/contracts/catalog.ts";
import { useMutation, useQueryClient } from "@tanstack/vue-query";
import type { Ref } from "vue";
import { useAnnouncements } from "../announcements.ts";
import { api } from "../api.ts";
import { productsKey } from "../catalog/use-products.ts";
import { explain } from "../problem-error.ts";

/** Changes an administrator makes to one product; every one is confirmed or explained in the corner. */
export function useProductChanges(product: Ref<Product | undefined>) {
  const client = useQueryClient();
  const { announce } = useAnnouncements();

  const { mutateAsync, isPending } = useMutation({
    mutationFn: (change: () => Promise<string>) => change(),
    onSuccess: (message) => announce(message),
    onError: (error) => announce(`Nothing was changed. ${explain(error)}`, "bad"),
    onSettled: () => client.invalidateQueries({ queryKey: [productsKey] }),
  });
  const refresh = () => client.invalidateQueries({ queryKey: ["product"] });
  /** Whether it worked; why it did not was announced. */
  const run = (change: () => Promise<string>) =>
    mutateAsync(change).then(
      () => true,
      () => false,
    );
  const id = () => product.value?.id ?? "";

  return {
    isPending,
    changeStock: (sku: string, change: number, reason: string) =>
      run(async () => {
        const { available } = await api.changeStock(sku, { change, reason });
        await refresh();
        return `${sku}: ${available} available now.`;
      }),
    changePrice: (sku: string, priceCents: number) =>
      run(async () => {
        await api.changeProduct(id(), { variants: [{ sku, priceCents }] });
        await refresh();
        return `The price of ${sku} is changed.`;
      }),
    retire: () =>
      run(async () => {
        await api.retireProduct(id());
        return `${product.value?.name} is retired.`;
      }),
  };
}
