import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Heard = {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
};

/** An HTTP server in the sidecar's place: keeps what it was asked and answers what the test says. */
export async function standInSidecar() {
  const heard: Heard[] = [];
  let answer: (heard: Heard, res: ServerResponse, req: IncomingMessage) => void = echo;
  const listener: RequestListener = async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const request = {
      method: req.method ?? "",
      url: req.url ?? "",
      headers: req.headers,
      body: Buffer.concat(chunks).toString(),
    };
    if (request.url.endsWith("/healthz")) return void res.writeHead(204).end();
    heard.push(request);
    answer(request, res, req);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    last: () => heard.at(-1),
    answers(next: typeof answer) {
      answer = next;
    },
    reset() {
      heard.length = 0;
      answer = echo;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function echo(heard: Heard, res: ServerResponse): void {
  res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ url: heard.url }));
}

export type StandInSidecar = Awaited<ReturnType<typeof standInSidecar>>;
