import {
  computed,
  type MaybeRefOrGetter,
  onScopeDispose,
  type Ref,
  ref,
  shallowRef,
  toValue,
  watch,
} from "vue";
import {
  type Numbered,
  opened,
  type Page,
  type RecordWindow,
  released,
  torn,
  withNewer,
  withOlder,
} from "./record-window.ts";
import { type TailState, useTail } from "./use-tail.ts";

export type RecordSource<Row> = {
  page: (options: { cursor?: string; signal: AbortSignal }) => Promise<Page<Row> & { head: number }>;
  /** Where the live tail goes on after a record; absent for a period that is over. */
  tailUrl?: (after: number) => string;
};

/**
 * The records of a source, newest first: more of them backward on demand, new ones as they are stored. While `isHeld` new ones
 * wait, and are counted. Another source begins anew.
 */
export function useRecords<Row extends Numbered>(
  source: MaybeRefOrGetter<RecordSource<Row>>,
  isHeld: Ref<boolean>,
) {
  const view = shallowRef<RecordWindow<Row>>(opened<Row>({ items: [] }));
  const isLoading = ref(false);
  const isOpened = ref(false);
  const error = shallowRef<unknown>();
  let asking = new AbortController();
  let head = 0;

  async function ask(cursor: string | undefined, show: (page: Page<Row>) => void) {
    const { signal } = asking;
    isLoading.value = true;
    error.value = undefined;
    try {
      const page = await toValue(source).page({ ...(cursor && { cursor }), signal });
      if (signal.aborted) return;
      if (!cursor) head = page.head;
      show(page);
    } catch (problem) {
      if (!signal.aborted) error.value = problem;
    } finally {
      if (!signal.aborted) isLoading.value = false;
    }
  }
  async function begin() {
    asking.abort();
    asking = new AbortController();
    isOpened.value = false;
    await ask(undefined, (page) => {
      view.value = opened(page);
      isOpened.value = true;
    });
  }
  const loadOlder = async () => {
    const { nextCursor } = view.value;
    if (nextCursor && !isLoading.value)
      await ask(nextCursor, (page) => (view.value = withOlder(view.value, page)));
  };
  const release = () => (view.value = released(view.value));

  const tailUrl = computed(() => {
    const url = toValue(source).tailUrl;
    return isOpened.value && url ? () => url(head) : undefined;
  });
  const tail: Ref<TailState> = useTail<Row>(() => tailUrl.value?.(), {
    arrived(rows) {
      head = Math.max(head, rows.at(-1)?.id ?? 0);
      view.value = withNewer(view.value, rows);
      if (!isHeld.value) release();
    },
    skipped: () => (view.value = torn(view.value)),
  });

  watch(isHeld, (held) => held || release());
  watch(() => toValue(source), begin, { immediate: true });
  onScopeDispose(() => asking.abort());

  return {
    rows: computed(() => view.value.rows),
    waiting: computed(() => view.value.waiting.length),
    isTorn: computed(() => view.value.isTorn),
    isComplete: computed(() => isOpened.value && view.value.nextCursor === undefined),
    isOpened,
    isLoading,
    error,
    tail,
    loadOlder,
    retry: () => (isOpened.value ? loadOlder() : begin()),
  };
}
