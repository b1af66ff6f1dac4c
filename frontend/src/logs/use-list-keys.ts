import type { Ref } from "vue";

export type ListKeys = {
  /** The place of the current row, -1 for none. */
  at: Ref<number>;
  count: () => number;
  pageSize: () => number;
  moveTo: (index: number) => void;
  open: () => void;
  close: () => void;
};

/** What the keys of a list do, as https://www.w3.org/WAI/ARIA/apg/patterns/listbox/ has it; j and k as in a pager. */
export function useListKeys({ at, count, pageSize, moveTo, open, close }: ListKeys) {
  const keys: Record<string, () => void> = {
    ArrowDown: () => moveTo(at.value + 1),
    ArrowUp: () => moveTo(at.value - 1),
    PageDown: () => moveTo(at.value + pageSize()),
    PageUp: () => moveTo(at.value - pageSize()),
    Home: () => moveTo(0),
    End: () => moveTo(count() - 1),
    Enter: open,
    Escape: close,
  };
  keys.j = keys.ArrowDown as () => void;
  keys.k = keys.ArrowUp as () => void;
  return (event: KeyboardEvent) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
}
