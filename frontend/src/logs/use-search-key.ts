import { onScopeDispose, type Ref } from "vue";

/** `/` puts the cursor into the search, wherever one is on the page but in a field. */
export function useSearchKey(field: Readonly<Ref<HTMLInputElement | null>>) {
  function onKey(event: KeyboardEvent) {
    const target = event.target as HTMLElement;
    const isTyping = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.value?.focus();
    field.value?.select();
  }
  document.addEventListener("keydown", onKey);
  onScopeDispose(() => document.removeEventListener("keydown", onKey));
}
