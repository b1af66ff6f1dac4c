import { type MaybeRefOrGetter, toValue, watchEffect } from "vue";

/** Names the browser tab after the page. */
export function useTitle(title: MaybeRefOrGetter<string | undefined>) {
  watchEffect(() => {
    const name = toValue(title);
    document.title = name ? `${name} · SockShop` : "SockShop";
  });
}
