import { useQuery } from "@tanstack/vue-query";
import { toValue, type MaybeRefOrGetter } from "vue";
import { api } from "../api.ts";

/** One product with its live stock. */
export const useProduct = (idOrSlug: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ["product", idOrSlug],
    queryFn: () => api.product(toValue(idOrSlug)),
    staleTime: 5_000,
  });
