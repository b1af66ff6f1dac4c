import { type InjectionKey, onScopeDispose, type Ref, shallowRef } from "vue";

/** `since` is when the last word came, of a connection that is lost. */
export type Connection = { state: "connecting" | "live" | "lost"; since?: string };

/** Whether the console shows what was, since it hears nothing of what is. */
export const isOldNews: InjectionKey<Readonly<Ref<boolean>>> = Symbol("old news");

const reconnectMs = 3_000;
/** The shop says something at least every ten seconds; three times that is silence. */
const silenceMs = 30_000;

/**
 * Follows a stream of server-sent events while the page is visible (browsers allow few connections to one host), and opens it anew
 * when it breaks or falls silent: a stopped process keeps its connections.
 */
export function useLiveStream(
  url: string,
  handlers: Record<string, (data: unknown) => void>,
): { connection: Ref<Connection> } {
  const connection = shallowRef<Connection>({ state: "connecting" });
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let lastWord: string | undefined;

  function close() {
    clearTimeout(again);
    clearTimeout(silence);
    source?.close();
    source = undefined;
  }
  function lose() {
    close();
    if (connection.value.state !== "lost")
      connection.value = { state: "lost", ...(lastWord && { since: lastWord }) };
    again = setTimeout(open, reconnectMs);
  }
  function hear() {
    clearTimeout(silence);
    silence = setTimeout(lose, silenceMs);
    lastWord = new Date().toISOString();
    if (connection.value.state !== "live") connection.value = { state: "live" };
  }
  function open() {
    close();
    const opened = new EventSource(url);
    source = opened;
    silence = setTimeout(lose, silenceMs);
    for (const [event, handle] of Object.entries(handlers))
      opened.addEventListener(event, (message) => {
        hear();
        handle(JSON.parse((message as MessageEvent<string>).data));
      });
    opened.addEventListener("error", lose);
  }
  const follow = () => (document.visibilityState === "hidden" ? close() : open());

  document.addEventListener("visibilitychange", follow);
  onScopeDispose(() => {
    document.removeEventListener("visibilitychange", follow);
    close();
  });
  follow();
  return { connection };
}
