import { join } from "node:path";
import { type Shop, startShop } from "../scripts/shop.ts";
import { repository } from "../scripts/state-folder.ts";

export const admin = { email: "admin@sockshop.example", password: "administrator of the bench" };

/** The whole shop on ports and in a state folder of its own; `fresh` begins from nothing. */
export const openShop = (settings: Record<string, string>, { fresh = true } = {}): Promise<Shop> =>
  startShop({
    stateDir: join(repository, ".sockshop", "bench"),
    portOffset: Number(process.env.SOCKSHOP_BENCH_PORT_OFFSET ?? 13_000),
    fresh,
    env: {
      RATE_LIMIT_PER_MINUTE: "100000000",
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      ...settings,
    },
  });
