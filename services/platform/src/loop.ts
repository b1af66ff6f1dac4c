import type { Log } from "./log.ts";

export type Loop = {
  /** Runs the work soon; a wake during a run makes one more follow. After a failed run the pause is kept all the same. */
  wake: () => void;
  /** Resolves when the run at hand has ended; none follows. */
  stop: () => Promise<void>;
};

/**
 * Runs `work` at every wake and at least every `everyMs`; one run at a time. A failed run is logged and followed by the next,
 * after at most `retryMs` (as long as `everyMs` unless told).
 */
export function startLoop(
  options: { name: string; everyMs: number; retryMs?: number; log: Log },
  work: () => Promise<void>,
): Loop {
  let stopped = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let failures = 0;
  const { everyMs, retryMs = everyMs } = options;

  const run = async () => {
    again = false;
    try {
      await work();
      failures = 0;
    } catch (error) {
      failures += 1;
      // The first failure tells; while a dependency stays away the log must not fill.
      if (failures === 1 || failures % 30 === 0)
        options.log.warn({ err: error, failures }, `${options.name} failed and will be tried again`);
    }
  };
  const start = () => {
    if (stopped || running) return;
    clearTimeout(timer);
    running = run().finally(() => {
      running = undefined;
      if (stopped) return;
      if (again && failures === 0) setImmediate(start);
      else timer = setTimeout(start, failures > 0 ? Math.min(retryMs, 500 * failures) : everyMs);
    });
  };
  const wake = () => {
    again = true;
    // Whoever counts attempts (the inbox does) means attempts some time apart, and a busy topic wakes without end.
    if (failures === 0) start();
  };
  setImmediate(start);
  return {
    wake,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
