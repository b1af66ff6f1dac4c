import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connectSidecar, type Sidecar } from "@sockshop/platform/sidecar.ts";

export type Call = { app: string; path: string; body: Record<string, unknown> };
/** Answers one invocation: a status and a JSON body. */
export type Handler = (
  call: Call,
) => Promise<{ status: number; body: unknown }> | { status: number; body: unknown };

/** A local HTTP server in the place of the service's own sidecar; what the other apps answer is for the test to say. */
export async function standInSidecar(
  handler: Handler,
): Promise<{ sidecar: Sidecar; calls: Call[]; stop: () => Promise<void> }> {
  const calls: Call[] = [];
  const server: Server = createServer(async (req, res) => {
    const [, app = "", path = ""] = /^\/v1\.0\/invoke\/(\w+)\/method(\/.*)$/.exec(req.url ?? "") ?? [];
    const call = { app, path, body: await readJson(req) };
    calls.push(call);
    const { status, body } = await handler(call);
    res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    sidecar: connectSidecar({ httpPort: port, grpcPort: port, apiToken: "token" }),
    calls,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readJson(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of req) text += chunk;
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}
