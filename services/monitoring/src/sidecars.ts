import type { SidecarsPage } from "@sockshop/contracts/shop-map.ts";
import { sidecarMetadata, sidecarReader } from "@sockshop/contracts/sidecar.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { readSidecarMetadata } from "@sockshop/platform/sidecar-metadata.ts";

type Parts = { sidecar: Sidecar; watchedApps: readonly string[]; ownId: string };

/** Asks every service what its sidecar says of itself; one that cannot be asked is told with the reason. */
export async function readSidecars({ sidecar, watchedApps, ownId }: Parts): Promise<SidecarsPage> {
  const ask = (appId: string) =>
    appId === ownId
      ? readSidecarMetadata(sidecar)
      : sidecar.call(appId, "GET", sidecarReader.path, sidecarMetadata, { timeoutMs: 3_000 });
  const items = await Promise.all(
    watchedApps.map((appId) =>
      ask(appId).then(
        (metadata) => ({ appId, metadata }),
        (error: unknown) => ({ appId, why: (error as Error).message }),
      ),
    ),
  );
  return { items, total: items.length };
}
