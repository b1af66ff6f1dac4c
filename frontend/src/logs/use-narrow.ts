import { onScopeDispose, type Ref, ref } from "vue";

/** Whether the window is too narrow for a row of columns. */
export function useNarrow(): Ref<boolean> {
  const query = window.matchMedia("(max-width: 719px)");
  const isNarrow = ref(query.matches);
  const follow = () => (isNarrow.value = query.matches);
  query.addEventListener("change", follow);
  onScopeDispose(() => query.removeEventListener("change", follow));
  return isNarrow;
}
