import { once } from "node:events";
import { createServer } from "node:http";
import express from "express";

export type StandIn = {
  heard: string[];
  /** How it answers what is posted from now on; `torn` ends the connection without an answer. */
  answerWith: (answer: number | "torn") => void;
  close: () => Promise<void>;
};

/** An app that takes whatever its sidecar lets through, and remembers it. */
export async function standIn(
  port: number,
  subscriptions: { pubsubname: string; topic: string; route: string }[] = [],
): Promise<StandIn> {
  const heard: string[] = [];
  let answer: number | "torn" = 200;
  const app = express();
  app.use((req, res) => {
    req.resume();
    if (!req.url?.startsWith("/dapr/")) heard.push(`${req.method} ${req.url}`);
    if (answer === "torn" && req.method === "POST") return void req.socket.destroy();
    res.statusCode = req.method === "POST" ? Number(answer) : 200;
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify(req.url === "/dapr/subscribe" ? subscriptions : {}));
  });
  const server = createServer(app);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    heard,
    answerWith: (next) => {
      answer = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
