import { type SidecarMetadata, sidecarMetadata, sidecarReader } from "@sockshop/contracts/sidecar.ts";
import type { Express } from "express";
import { sidecarOnly } from "./http.ts";
import { allowCallers } from "./identity.ts";
import { unavailable } from "./problem.ts";
import type { Sidecar } from "./sidecar.ts";

/** What the own sidecar says of itself; throws a 503 problem while it does not. */
export async function readSidecarMetadata(
  sidecar: Pick<Sidecar, "url" | "headers">,
): Promise<SidecarMetadata> {
  const response = await fetch(`${sidecar.url}/v1.0/metadata`, {
    headers: sidecar.headers,
    signal: AbortSignal.timeout(2_000),
  }).catch(() => undefined);
  const found = sidecarMetadata.safeParse(await response?.json().catch(() => undefined));
  if (!found.success) throw unavailable("The sidecar's metadata");
  return found.data;
}

/** Only an app may ask its sidecar what it is; this passes it on to the one service that shows it to operators. */
export function sidecarMetadataRoute(
  app: Express,
  { sidecar, appApiToken }: { sidecar: Pick<Sidecar, "url" | "headers">; appApiToken: string },
): void {
  app.get(
    sidecarReader.path,
    sidecarOnly(appApiToken),
    allowCallers(sidecarReader.appId),
    async (_req, res) => void res.json(await readSidecarMetadata(sidecar)),
  );
}
