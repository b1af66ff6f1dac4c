import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Config } from "../../services/platform/src/config.ts";
import { createApp } from "../../services/platform/src/http.ts";
import { createLog } from "../../services/platform/src/log.ts";
import { createMetrics } from "../../services/platform/src/metrics.ts";
import type { Heard } from "./attack.ts";
import type { Mesh } from "./mesh.ts";

export type RealApp = Heard & { port: number; close: () => Promise<void> };

/** What every service is built of, with nothing in it. */
export async function realApp(mesh: Mesh, port: number, appApiToken: string): Promise<RealApp> {
  const heard: string[] = [];
  const config = {
    appId: "rating",
    appApiToken,
    identityPublicKey: JSON.parse(mesh.token("rating", "IDENTITY_PUBLIC_KEY")),
    logLevel: "silent",
  } as Config;
  const app = createApp({
    config,
    log: createLog(config),
    metrics: createMetrics("rating"),
    readiness: async () => [],
    routes: (express) => {
      express.post("/x", (req, res) => {
        heard.push(req.path);
        res.json({});
      });
    },
  });
  const server = app.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    heard,
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
