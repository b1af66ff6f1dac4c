import { withTransaction } from "@sockshop/platform/database.ts";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "../src/chain.ts";
import { entriesOfBatch } from "../src/entries.ts";
import { append } from "../src/records.ts";
import { eventStore, storeBatches } from "../src/subscriptions.ts";
import { verifyChain } from "../src/verification.ts";
import { batchOf, eventOf, logOf, openStore, storeLogs } from "./store.ts";

type Store = Awaited<ReturnType<typeof openStore>>;
let store: Store;
beforeEach(async () => {
  store = await openStore();
});
afterEach(() => store.drop());

const twelveLogs = Array.from({ length: 12 }, (_, nr) => logOf(`line ${nr + 1}`, { nr, path: "/cart" }));

test("what was stored is a whole chain, from the first record to the head", async () => {
  await storeLogs(store.database, "cart", twelveLogs);
  await withTransaction(store.database, (tx) =>
    eventStore.handle(
      tx,
      eventOf("order-events", { position: 1, data: { totalCents: 1250, lines: [{ sku: "A" }] } }),
    ),
  );
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: 13, head: { seq: 13 } });
});

test("an empty store is a whole chain", async () => {
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: 0 });
});

test.each([
  ["message", "message = 'line 8'"],
  ["time", "time = time + interval '1 millisecond'"],
  ["time of storing", "stored_at = stored_at - interval '1 millisecond'"],
  ["service", "service = 'card'"],
  ["level", "level = 'warn'"],
  ["field", "data = jsonb_set(data, '{nr}', '7')"],
  ["trace", "trace_id = 'b'"],
  ["order", "order_id = '0199c0de-0000-7000-8000-000000000000'"],
  ["hash", "hash = set_byte(hash, 0, get_byte(hash, 0) # 1)"],
])("a changed %s of one record is found, and the record named", async (_what, change) => {
  await storeLogs(store.database, "cart", twelveLogs);
  await store.database.query(`update records set ${change} where seq = 7`);
  expect(await verifyChain(store.database)).toMatchObject({ intact: false, seq: 7 });
});

test("a record that is gone is named, in the middle and at the end", async () => {
  await storeLogs(store.database, "cart", twelveLogs);
  await store.database.query("delete from records where seq = 12");
  expect(await verifyChain(store.database)).toMatchObject({
    intact: false,
    seq: 12,
    reason: "it is missing",
  });
  await store.database.query("delete from records where seq = 5");
  expect(await verifyChain(store.database)).toMatchObject({ intact: false, seq: 5, reason: "it is missing" });
});

test("a head that was put back is found", async () => {
  await storeLogs(store.database, "cart", twelveLogs);
  await store.database.query("update chain_head set seq = 11");
  expect(await verifyChain(store.database)).toMatchObject({ intact: false, seq: 11 });
});

test("writers at the same time make one chain without holes", async () => {
  const batches = Array.from({ length: 20 }, (_, nr) => batchOf(nr % 2 ? "cart" : "order", twelveLogs));
  await Promise.all(
    batches.map((batch) => withTransaction(store.database, (tx) => storeBatches(tx, [batch]))),
  );
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: 240 });
});

test("an append that fails leaves the chain as it was", async () => {
  await storeLogs(store.database, "cart", twelveLogs);
  const failing = withTransaction(store.database, async (tx) => {
    await append(tx, entriesOfBatch(batchOf("cart", twelveLogs).data));
    throw new Error("on purpose");
  });
  await expect(failing).rejects.toThrow("on purpose");
  await storeLogs(store.database, "cart", [logOf("after")]);
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: 13 });
});

test("whatever is logged comes back from the database as it was hashed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()),
      fc.string({ unit: "binary" }),
      async (fields, msg) => {
        await storeLogs(store.database, "cart", [{ ...logOf(`${msg}\0\ud800`), fields }]);
      },
    ),
    { numRuns: 60 },
  );
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: 60 });
});

test("canonical JSON sorts keys at every depth", () => {
  expect(canonicalJson({ b: [{ z: 1, a: null }], a: "x", gone: undefined })).toBe(
    '{"a":"x","b":[{"a":null,"z":1}]}',
  );
});
