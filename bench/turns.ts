import { loadavg } from "node:os";
import type { Shop } from "../scripts/shop.ts";
import { openShop } from "./bench-shop.ts";
import { type CheckoutTimes, checkoutTimes, quantile, steadyCheckouts } from "./checkouts.ts";

export const checkouts = {
  perSecond: Number(process.env.CHECKOUTS_PER_SECOND ?? 1),
  seconds: Number(process.env.CHECKOUT_SECONDS ?? 30),
};
const warmUp = { count: 40, width: 4 };

let fresh = true;
/** A shop that has warmed up: what the first checkouts compile and connect is not what is asked about. */
export async function withShop(
  settings: Record<string, string>,
  work: (shop: Shop) => Promise<void>,
): Promise<void> {
  const shop = await openShop(settings, { fresh });
  fresh = false;
  try {
    await checkoutTimes(shop, warmUp);
    await work(shop);
  } finally {
    await shop.stop();
  }
}

/** Checkouts at a steady rate under one value of a setting and under another, in turns; `earlier` counts as a turn of the first. */
export async function compareSetting(
  name: string,
  [one, other]: readonly [string, string],
  earlier?: CheckoutTimes,
): Promise<void> {
  const times: Record<string, CheckoutTimes[]> = { [one]: earlier ? [earlier] : [], [other]: [] };
  const turns = [one, other, one, other].slice(earlier ? 1 : 0);
  for (const value of turns)
    await withShop({ [name]: value }, async (shop) => {
      times[value]?.push(await steadyCheckouts(shop, checkouts));
    });
  tellTimes(`with ${name} ${one} / ${other}`, times[one] ?? [], times[other] ?? []);
}

export function tellTimes(what: string, these: CheckoutTimes[], those: CheckoutTimes[]): void {
  const ratio = (which: "answers" | "ends", share: number) => {
    const [a, b] = [these, those].map((times) =>
      quantile(
        times.flatMap((turn) => turn[which]),
        share,
      ),
    );
    return a && b ? `${(a / b).toFixed(2)} (${a.toFixed(0)} / ${b.toFixed(0)} ms)` : "unknown";
  };
  console.log(`\n${checkouts.perSecond} checkouts a second, ${what}. ${loadNow()}`);
  for (const [which, name] of [
    ["answers", "answered"],
    ["ends", "confirmed"],
  ] as const)
    console.log(`  ${name}: median ${ratio(which, 0.5)}, 95% within ${ratio(which, 0.95)}`);
}

export const loadNow = () => `Load average ${loadavg()[0]?.toFixed(1)}.`;
