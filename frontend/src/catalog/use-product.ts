import { useQuery } from "@tanstack/vue-query";
import { type MaybeRefOrGetter, toValue } from "vue";
import { api } from "../api.ts";

/** One product with its live stock. */
export const useProduct = (idOrSlug: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ["product", idOrSlug],
    queryFn: () => api.product(toValue(idOrSlug)),
    staleTime: 5_000,
  });
