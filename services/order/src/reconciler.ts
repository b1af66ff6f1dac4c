import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { type Loop, startLoop } from "@sockshop/platform/loop.ts";
import { inContext } from "@sockshop/platform/request-context.ts";
import type { WorkflowHost } from "@sockshop/platform/workflow-host.ts";
import { dueAgain, type Silence, silentSagas, startSaga, takeOver } from "./sagas.ts";

type Parts = { database: Database; schedule: WorkflowHost["schedule"]; log: Log; silenceSeconds: number };

const everyMs = 1_000;
const unstartedSeconds = 5;
const lookAt = 100;
const atOnce = 8;

/** Finds sagas that have gone silent or never began, and starts their next run; safe beside other instances of itself. */
export function startReconciler(parts: Parts): Loop {
  return startLoop({ name: "the saga reconciler", everyMs, log: parts.log }, async () => {
    await reconcile(parts);
  });
}

/** One look; resolves with how many runs were started. */
export async function reconcile(parts: Parts): Promise<number> {
  const silence: Silence = { silenceSeconds: parts.silenceSeconds, unstartedSeconds };
  const waiting = await silentSagas(parts.database, silence, lookAt);
  let started = 0;
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      if (await restart(parts, next, silence)) started += 1;
  };
  const workers = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  // The engine being away is one fault for all of them; the others have had their turn.
  for (const ended of workers) if (ended.status === "rejected") throw ended.reason;
  return started;
}

async function restart(
  { database, schedule, log }: Parts,
  saga: Awaited<ReturnType<typeof silentSagas>>[number],
  silence: Silence,
): Promise<boolean> {
  const run = await withTransaction(database, (tx) => takeOver(tx, saga, silence));
  if (!run) return false;
  return inContext({ orderId: run.orderId }, async () => {
    log.info({ saga: run.kind, generation: run.generation }, "a silent saga is started again");
    try {
      await startSaga({ database, schedule }, run);
    } catch (error) {
      await dueAgain(database, run, silence);
      throw error;
    }
    return true;
  });
}
