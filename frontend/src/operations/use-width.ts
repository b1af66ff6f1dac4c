import { onScopeDispose, type Ref, ref, watch } from "vue";

/** How wide an element is, in CSS pixels, as it changes; `usual` before it is known. */
export function useWidth(element: Readonly<Ref<HTMLElement | null>>, usual: number): Ref<number> {
  const width = ref(usual);
  const observer = new ResizeObserver(([entry]) => {
    if (entry && entry.contentRect.width > 0) width.value = Math.floor(entry.contentRect.width);
  });
  watch(
    element,
    (now, before) => {
      if (before) observer.unobserve(before);
      if (now) observer.observe(now);
    },
    { immediate: true },
  );
  onScopeDispose(() => observer.disconnect());
  return width;
}
