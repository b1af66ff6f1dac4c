import { beforeAll, inject, test } from "vitest";
import { seenBy } from "../monitored.ts";
import { killAndWait } from "../shop-state.ts";
import { eventually, signInAdmin } from "../shopper.ts";

const { url, admin } = inject("shop");
const promisedMs = 10_000;
let { statusOf, isOpen } = {} as ReturnType<typeof seenBy>;
beforeAll(async () => {
  ({ statusOf, isOpen } = seenBy(await signInAdmin(url, admin)));
});

test.concurrent.each(["rating", "payment"])(
  "%s is killed and started again at once: within ten seconds somebody is told all the same",
  async (appId) => {
    await killAndWait(appId);
    // On a busy machine it is seen to be down before it is back.
    const told = async () =>
      (await isOpen("service-restarted", appId)) || (await isOpen("service-down", appId));
    await eventually("an alert is open", told, promisedMs);
    await eventually("it was started again", () => isOpen("service-restarted", appId), 30_000);
    await eventually("it is up", async () => (await statusOf(appId)) === "up", promisedMs);
    await eventually("all is resolved", async () => !(await told()), 50_000);
  },
  120_000,
);
