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
    if (at.seq >= head.seq) {
      if (at.seq > 0) broken = false;
      at = genesis;
    }
    const stretch = await verifyStretch(database, at, head);
    if (stretch.intact) at = stretch.head;
    else if (await isDropped(database, stretch.seq)) at = genesis;
    else {
      if (!broken)
        log.error({ seq: stretch.seq, reason: stretch.reason }, "the chain of log records is broken");
      broken = true;
      at = genesis;
    }
    gauge ??= addGauge(metrics, "log_chain_intact", { help: "Whether the chain of log records is whole" });
    gauge.set(broken ? 0 : 1);
  };
}
