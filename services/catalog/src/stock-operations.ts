import type {
  reserveStock as reserveSchema,
  StockOutcome,
  stockOperation,
} from "@sockshop/contracts/catalog.ts";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import { conflict } from "@sockshop/platform/problem.ts";
import type { z } from "zod";
import { productStore } from "./product-commands.ts";
import { priceChanges, productsOf, type StockLine, shortSkus, sumLines } from "./stock-lines.ts";
import { expiredOrders, lockOperations, type Operations, storeOperation } from "./stock-operation-rows.ts";

type ReserveStock = z.output<typeof reserveSchema>;
type StockOperation = z.output<typeof stockOperation>;

/** Holds units of every line for the order, or of none; `holdMinutes` by the database's clock. */
export function reserveStock(
  database: Database,
  command: ReserveStock,
  holdMinutes: number,
): Promise<StockOutcome> {
  return operate(database, command, async (tx, { reserve }) => {
    if (reserve) return { status: reserve.status, ...reserve.refusal };
    const lines = sumLines(command.lines);
    const refusal = await refusalOf(tx, lines, command.lines);
    if (refusal) {
      await storeOperation(tx, command, "reserve", { status: "refused", refusal });
      return { status: "refused", ...refusal };
    }
    await hold(tx, command.orderId, lines);
    await storeOperation(tx, command, "reserve", { status: "done", lines, holdMinutes });
    return { status: "done" };
  });
}

/** Takes the order's units out of stock; a hold that has expired is taken afresh, or refused when others were faster. */
export function commitStock(database: Database, command: StockOperation): Promise<StockOutcome> {
  return operate(database, command, async (tx, { reserve, commit }) => {
    if (commit) return { status: commit.status, ...commit.refusal };
    if (!reserve) throw conflict("nothing-reserved", "Reserve the order's stock before committing it.");
    if (reserve.status !== "done") return { status: reserve.status, ...reserve.refusal };
    if (!reserve.held) {
      const refusal = await refusalOf(tx, reserve.lines);
      if (refusal) {
        await storeOperation(tx, command, "commit", { status: "refused", refusal });
        return { status: "refused", ...refusal };
      }
      await hold(tx, command.orderId, reserve.lines);
    }
    for (const productId of productsOf(reserve.lines))
      await productStore.execute(tx, productId, { type: "CommitStock", orderId: command.orderId });
    await storeOperation(tx, command, "reserve", { status: "done", lines: reserve.lines });
    await storeOperation(tx, command, "commit", { status: "done" });
    return { status: "done" };
  });
}

/** Undoes a reservation, also one that has not arrived yet; a refused one has nothing to undo. */
export function releaseStock(database: Database, command: StockOperation): Promise<StockOutcome> {
  return operate(database, command, async (tx, operations) => {
    await undoReserve(tx, command, operations);
    return { status: "done" };
  });
}

/** Undoes a commit, also one that has not arrived yet, and lets go of what is still only held, so that nothing leaks. */
export function returnStock(database: Database, command: StockOperation): Promise<StockOutcome> {
  return operate(database, command, async (tx, operations) => {
    const { reserve, commit } = operations;
    if (commit?.status === "done" && reserve) {
      for (const productId of productsOf(reserve.lines)) {
        const lines = reserve.lines.filter((line) => line.productId === productId);
        await productStore.execute(tx, productId, { type: "ReturnStock", orderId: command.orderId, lines });
      }
    }
    if (commit?.status !== "refused") await storeOperation(tx, command, "commit", { status: "undone" });
    await undoReserve(tx, command, operations);
    return { status: "done" };
  });
}

/** Lets go of what was held longer than allowed; resolves with how many orders that were. */
export async function expireReservations(database: Database): Promise<number> {
  const orders = await expiredOrders(database);
  for (const orderId of orders) {
    await withTransaction(database, async (tx) => {
      const { reserve } = await lockOperations(tx, orderId);
      if (!reserve?.expired) return;
      await letGo(tx, orderId, reserve.lines, "expired");
      const { generation, lines } = reserve;
      await storeOperation(tx, { orderId, generation }, "reserve", { status: "done", lines });
    });
  }
  return orders.length;
}

/** One operation at a time for an order; a generation lower than one seen is told so and changes nothing. */
function operate(
  database: Database,
  { orderId, generation }: StockOperation,
  work: (tx: Transaction, operations: Operations) => Promise<StockOutcome>,
): Promise<StockOutcome> {
  return withTransaction(database, async (tx) => {
    const operations = await lockOperations(tx, orderId, generation);
    return generation < operations.generation ? { status: "superseded" } : work(tx, operations);
  });
}

async function undoReserve(tx: Transaction, command: StockOperation, { reserve }: Operations): Promise<void> {
  if (reserve && reserve.status !== "done") return;
  if (reserve?.held) await letGo(tx, command.orderId, reserve.lines, "undone");
  await storeOperation(tx, command, "reserve", {
    status: "undone",
    ...(reserve && { lines: reserve.lines }),
  });
}

async function hold(tx: Transaction, orderId: string, lines: StockLine[]): Promise<void> {
  for (const productId of productsOf(lines)) {
    const ofProduct = lines.filter((line) => line.productId === productId);
    await productStore.execute(tx, productId, { type: "ReserveStock", orderId, lines: ofProduct });
  }
}

async function letGo(
  tx: Transaction,
  orderId: string,
  lines: StockLine[],
  reason: "undone" | "expired",
): Promise<void> {
  for (const productId of productsOf(lines))
    await productStore.execute(tx, productId, { type: "ReleaseStock", orderId, reason });
}

type Refusal = Omit<StockOutcome, "status">;

/** Locks the products of the lines and tells what stands against selling them; `seen` are the prices to keep. */
async function refusalOf(
  tx: Transaction,
  lines: StockLine[],
  seen: ReserveStock["lines"] = [],
): Promise<Refusal | undefined> {
  const states = await lockProducts(tx, lines);
  const skus = shortSkus(states, lines);
  if (skus.length > 0) return { reason: "out-of-stock", skus };
  const changes = priceChanges(states, seen);
  if (changes.length > 0) return { reason: "price-changed", priceChanges: changes };
  return undefined;
}

async function lockProducts(tx: Transaction, lines: StockLine[]) {
  const states = new Map<string, Awaited<ReturnType<typeof productStore.lock>>>();
  for (const productId of productsOf(lines)) {
    const known = await productStore.load(tx, productId);
    // Locking what does not exist would begin its stream.
    states.set(productId, known.status === "none" ? known : await productStore.lock(tx, productId));
  }
  return states;
}
