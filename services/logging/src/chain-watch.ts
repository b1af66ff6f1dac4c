import type { Database } from "@sockshop/platform/database.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { addGauge, type Metrics } from "@sockshop/platform/metrics.ts";
import { genesis, type Link } from "./chain.ts";
import { headOf } from "./head.ts";
import { isDropped, verifyStretch } from "./verification.ts";

/**
 * Walks round and round the chain, some thousand records at each call, and shows by `log_chain_intact` whether it is
 * whole. It shows nothing before the first stretch, and a broken chain until a walk from its beginning finds it whole.
 */
export function chainWatch(parts: { database: Database; log: Log; metrics: Metrics }): () => Promise<void> {
  const { database, log, metrics } = parts;
  let at: Link = genesis;
  let broken = false;
  let gauge: ReturnType<typeof addGauge> | undefined;
  return async () => {
    const head = await headOf(database);
    if (head.seq === 0) return;
    const stretch = await verifyStretch(database, at, head);
    if (stretch.intact) {
      // A walk that began at the beginning and came to the end has found all of it whole.
      const whole = stretch.head.seq >= head.seq;
      if (whole) broken = false;
      at = whole ? genesis : stretch.head;
    } else {
      const dropped = await isDropped(database, stretch.seq);
      if (!dropped && !broken)
        log.error({ seq: stretch.seq, reason: stretch.reason }, "the chain of log records is broken");
      broken ||= !dropped;
      at = genesis;
    }
    gauge ??= addGauge(metrics, "log_chain_intact", { help: "Whether the chain of log records is whole" });
    gauge.set(broken ? 0 : 1);
  };
}
