import { onScopeDispose, type Ref, ref } from "vue";

/** Whether the visitor's system is dark, as it changes: what is drawn on a canvas does not follow by itself. */
export function useDarkness(): Ref<boolean> {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const isDark = ref(query.matches);
  const follow = () => (isDark.value = query.matches);
  query.addEventListener("change", follow);
  onScopeDispose(() => query.removeEventListener("change", follow));
  return isDark;
}
