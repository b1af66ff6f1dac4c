import { ankleSocks } from "./ankle.ts";
import { crewSocks } from "./crew.ts";
import { hikingSocks } from "./hiking.ts";
import { kidsSocks } from "./kids.ts";
import { kneeHighSocks } from "./knee-high.ts";
import { runningSocks } from "./running.ts";
import { slipperSocks } from "./slippers.ts";
import type { SeedProduct } from "./sock.ts";
import { woolSocks } from "./wool.ts";

export type { SeedProduct } from "./sock.ts";

/** The whole catalogue that a new shop opens with. */
export const seedProducts: SeedProduct[] = [
  ...crewSocks,
  ...ankleSocks,
  ...kneeHighSocks,
  ...runningSocks,
  ...hikingSocks,
  ...woolSocks,
  ...slipperSocks,
  ...kidsSocks,
];
