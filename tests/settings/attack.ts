import { isDeepStrictEqual } from "node:util";
import { eventually } from "../shopper.ts";
import type { Mesh, Taken } from "./mesh.ts";

export const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };

/** What a sidecar answers while it has every setting, and when it starts without some. */
export async function withAndWithout<Answer>(
  mesh: Mesh,
  app: string,
  taken: Taken,
  attack: () => Promise<Answer>,
) {
  const refused = await attack();
  await mesh.sidecar(app, taken);
  let happened = await attack();
  // Others may still hold a connection to the one that stood there before.
  const changed = async () => {
    happened = await attack();
    return !isDeepStrictEqual(happened, refused);
  };
  if (isDeepStrictEqual(happened, refused)) await eventually("it happens", changed, 10_000).catch(() => {});
  await mesh.sidecar(app);
  return { refused, happened };
}

/** An app that remembers what came. */
export type Heard = { heard: string[] };

/** Whether a call came through to the app. */
export async function reached(app: Heard | undefined, call: () => Promise<unknown>): Promise<boolean> {
  const before = app?.heard.length ?? 0;
  await call();
  return (app?.heard.length ?? 0) > before;
}
