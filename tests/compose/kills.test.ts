import type { Product } from "@sockshop/contracts/catalog.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { allEnd, audit } from "../books.ts";
import { orderUntilTaken, stockOf, unitsIn } from "../faults/orders.ts";
import { killAndWait, pidOf } from "../shop-state.ts";
import { addProduct, eventually, newShopper, type Shopper, settled, signInAdmin, skuOf } from "../shopper.ts";
import { keptServices, untilWell } from "./containers.ts";

const { url, admin, containers } = inject("shop");
const checkouts = 200;
const buyers = 5;
const stock = 1_000;
let product: Product;
beforeAll(async () => {
  product = await addProduct(await signInAdmin(url, admin), { stock, priceCents: 700 });
});

type Placed = { shopper: Shopper; id: string };

async function order(): Promise<Placed> {
  const shopper = newShopper(url);
  return { shopper, id: await orderUntilTaken(shopper, skuOf(product), 180_000) };
}

test("any one container's process is killed during 200 checkouts and comes back by its restart policy: nothing is lost", async () => {
  if (!containers) throw new Error("this shop is not in containers");
  // All databases, then all networks, and so on: who needs one service is not kept waiting by its four containers in a row.
  const kind = (service: string) => service.split("-").slice(1).join("-");
  const services = keptServices(containers).sort((a, b) => kind(a).localeCompare(kind(b)));
  const placed: Placed[] = [];
  let started = 0;
  let killed = 0;
  // Checkouts are spread over the kills, so that some are on their way at each.
  const mayStart = () => started < Math.ceil(((killed + 1) * checkouts) / services.length);
  const buy = async () => {
    while (started < checkouts) {
      await eventually("the next kill", async () => mayStart() || started >= checkouts, 180_000);
      if (started >= checkouts) return;
      started += 1;
      placed.push(await order());
    }
  };
  const kill = async () => {
    for (const service of services) {
      // Who lived in a network that died ends, and starts again in the new one.
      const app = service.endsWith("-network") ? service.replace("-network", "") : undefined;
      const tenants = app ? [app, `${app}-sidecar`].map((name) => ({ name, pid: pidOf(name) })) : [];
      await killAndWait(service, 60_000);
      await untilWell(containers, service, 120_000);
      for (const { name, pid } of tenants) {
        await eventually(`${name} is in the new network`, async () => pidOf(name) !== pid, 60_000);
        await untilWell(containers, name, 120_000);
      }
      killed += 1;
    }
  };
  await Promise.all([kill(), ...Array.from({ length: buyers }, buy)]);
  expect(placed).toHaveLength(checkouts);
  const orders = await Promise.all(placed.map(({ shopper, id }) => settled(shopper, id, 180_000)));
  const ids = orders.map(({ id }) => id);
  await allEnd(ids, 60_000);
  expect(await audit(ids)).toEqual({ confirmed: checkouts });
  const sold = unitsIn(orders);
  expect(await stockOf(product.id)).toEqual({ sold, available: stock - sold });
}, 900_000);
