import { useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed } from "vue";
import { api, type Credentials } from "../api.ts";
import { awaitGuestOrders, forgetGuestOrders } from "../orders/guest-orders.ts";

export const sessionQuery = {
  queryKey: ["session"],
  queryFn: () => api.session(),
  staleTime: 5 * 60_000,
};

/** Who is here: nobody yet, a guest with an anonymous session, or an account. */
export function useSession() {
  const query = useQuery(sessionQuery);
  const visitor = computed(() => query.data.value ?? null);
  const account = computed(() => (visitor.value && !visitor.value.isAnonymous ? visitor.value : null));
  return {
    /** A session of any kind, so there may be a cart and orders. */
    hasSession: computed(() => visitor.value !== null),
    account,
    isAdmin: computed(() => account.value?.role === "admin"),
    isSettled: computed(() => !query.isPending.value),
  };
}

const personal = new Set<unknown>(["orders", "order", "own-ratings"]);

/** Changes of identity; each drops what was known about the one before. */
export function useIdentity() {
  const client = useQueryClient();

  async function becomeSomeoneElse() {
    await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    client.removeQueries({ predicate: ({ queryKey }) => personal.has(queryKey[0]) });
    await client.resetQueries({ queryKey: ["cart"] });
  }

  return {
    signIn: async (credentials: Credentials) => {
      await api.signIn(credentials);
      awaitGuestOrders();
      await becomeSomeoneElse();
    },
    signUp: async (details: Credentials & { name: string }) => {
      await api.signUp(details);
      awaitGuestOrders();
      await becomeSomeoneElse();
    },
    signOut: async () => {
      await api.signOut();
      forgetGuestOrders();
      await becomeSomeoneElse();
    },
  };
}
