import { join } from "node:path";
import { type Shop, startShop } from "../scripts/shop.ts";
import { repository } from "../scripts/state-folder.ts";

export const admin = { email: "admin@sockshop.example", password: "administrator of the bench" };

const givenUp = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"])
  process.on(name, () => givenUp.abort(new Error("the bench was given up")));

/** The whole shop on ports and in a state folder of its own; `fresh` begins from nothing. A bench that is given up stops it. */
export async function openShop(settings: Record<string, string>, { fresh = true } = {}): Promise<Shop> {
  givenUp.signal.throwIfAborted();
  const shop = await startShop({
    stateDir: join(repository, ".sockshop", "bench"),
    portOffset: Number(process.env.SOCKSHOP_BENCH_PORT_OFFSET ?? 13_000),
    fresh,
    signal: givenUp.signal,
    env: {
      RATE_LIMIT_PER_MINUTE: "100000000",
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      ...settings,
    },
  });
  return { ...shop, stop: stoppedOnce(shop) };
}

/** However often and by whom it is asked for, one stop, and whoever asks waits until it is done. */
function stoppedOnce(shop: Shop): Shop["stop"] {
  let stopping: Promise<void> | undefined;
  const giveUp = () => void stop().finally(() => process.exit(130));
  const stop = () => {
    stopping ??= shop.stop().finally(() => givenUp.signal.removeEventListener("abort", giveUp));
    return stopping;
  };
  givenUp.signal.addEventListener("abort", giveUp);
  return stop;
}
