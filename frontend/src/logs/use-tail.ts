import { type MaybeRefOrGetter, onScopeDispose, type Ref, ref, toValue, watch } from "vue";

export type TailState = "off" | "connecting" | "live" | "lost";
export type TailHandlers<Row> = {
  /** Rows of the last moment, oldest first. */
  arrived: (rows: Row[]) => void;
  /** The shop left out rows before the next ones. */
  skipped: () => void;
};

const reconnectMs = 3_000;
/** Rows are shown in lots, so that a flood of them does not draw the page anew for each. */
const gatherMs = 150;

/**
 * Follows a stream of records from the address that `url` gives at each opening (undefined: not at all), while the page is
 * visible: browsers allow few connections to one host. The address names where to go on, so no pause loses anything.
 */
export function useTail<Row>(
  url: MaybeRefOrGetter<string | undefined>,
  handlers: TailHandlers<Row>,
): Ref<TailState> {
  const state = ref<TailState>("off");
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let gathered: Row[] = [];

  function flush() {
    clearTimeout(gathering);
    gathering = undefined;
    const rows = gathered;
    gathered = [];
    if (rows.length > 0) handlers.arrived(rows);
  }
  function gather(message: Event) {
    gathered.push(JSON.parse((message as MessageEvent<string>).data) as Row);
    gathering ??= setTimeout(flush, gatherMs);
  }
  function close() {
    clearTimeout(again);
    source?.close();
    source = undefined;
    flush();
    state.value = "off";
  }
  function lose() {
    close();
    state.value = "lost";
    again = setTimeout(open, reconnectMs);
  }
  function open() {
    close();
    const address = toValue(url);
    if (!address || document.visibilityState === "hidden") return;
    state.value = "connecting";
    const opened = new EventSource(address);
    source = opened;
    opened.addEventListener("open", () => (state.value = "live"));
    opened.addEventListener("log", gather);
    opened.addEventListener("event", gather);
    opened.addEventListener("skipped", () => {
      flush();
      handlers.skipped();
    });
    // The browser's own way to connect again would not see that the filters changed meanwhile.
    opened.addEventListener("error", lose);
  }

  document.addEventListener("visibilitychange", open);
  onScopeDispose(() => {
    document.removeEventListener("visibilitychange", open);
    gathered = [];
    close();
  });
  watch(() => toValue(url) !== undefined, open, { immediate: true });
  return state;
}
