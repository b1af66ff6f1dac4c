import { connect, createServer } from "node:net";
import { ShopFailure } from "./failure.ts";
import type { PortClaim } from "./topology.ts";

/** Refuses to go on while another program listens on a port that we need. */
export async function requireFreePorts(claims: PortClaim[]): Promise<void> {
  for (const { port, wantedBy, variable } of claims) {
    if (await isFree(port)) continue;
    throw new ShopFailure(
      `Port ${port}, which ${wantedBy} needs, is in use by another program.`,
      `End that program, or choose another port: ${variable}=<port> npm start.`,
    );
  }
}

/** `dapr run` checks ports on all interfaces, so a listener on any of them counts. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, "127.0.0.1")) && (await canListen(port));
}

function canListen(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, exclusive: true, ...(host ? { host } : {}) }, () =>
      server.close(() => resolve(true)),
    );
  });
}

export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.setTimeout(1000, () => settle(false));
  });
}
