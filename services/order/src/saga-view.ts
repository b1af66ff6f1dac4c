import type { OrderSaga, SagaOfOrder, SagaRun, WorkflowState } from "@sockshop/contracts/order-saga.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { readStream, type StoredEvent } from "@sockshop/platform/events.ts";
import type { WorkflowStatus } from "@sockshop/platform/workflow-instances.ts";
import { privateTypes } from "./order-events.ts";
import { type StepRow, trailOf } from "./saga-trail.ts";
import { instanceId, type SagaRow, sagasOf } from "./sagas.ts";

export type SagaViewParts = {
  database: Database;
  /** What Dapr says of an instance; undefined when it knows none, throws when it does not answer. */
  workflowStatus: (instanceId: string) => Promise<WorkflowStatus | undefined>;
  silenceSeconds: number;
};

const isPrivate = new Set<string>(privateTypes);

/** What an order's long work did, from its events, its sagas' rows and their trail, with what Dapr says of each run. */
export async function sagaView(parts: SagaViewParts, orderId: string): Promise<OrderSaga> {
  const { database, silenceSeconds } = parts;
  const [events, sagas, trail] = await Promise.all([
    readStream(database, "order", orderId),
    sagasOf(database, orderId, silenceSeconds),
    trailOf(database, orderId),
  ]);
  const undo = events.find(({ type }) => type === "UndoStarted") as
    | { data: { reason: OrderSaga["undoReason"] } }
    | undefined;
  return {
    orderId,
    ...(undo && { undoReason: undo.data.reason }),
    sagas: await Promise.all(sagas.map((saga) => withRuns(parts, orderId, saga, trail))),
    history: events.map(told),
    silenceSeconds,
  };
}

const told = ({ version, type, time, traceparent, data }: StoredEvent): OrderSaga["history"][number] => ({
  version,
  type,
  at: time,
  isPrivate: isPrivate.has(type),
  ...(traceparent && { traceId: traceparent.slice(3, 35) }),
  data,
});

async function withRuns(
  { workflowStatus }: SagaViewParts,
  orderId: string,
  saga: SagaRow,
  trail: StepRow[],
): Promise<SagaOfOrder> {
  const own = trail.filter(({ kind }) => kind === saga.kind);
  const generations = [...new Set([saga.generation, ...own.map(({ generation }) => generation)])];
  const runs = generations
    .toSorted((a, b) => b - a)
    .map(async (generation): Promise<SagaRun> => {
      const id = instanceId({ orderId, kind: saga.kind, generation });
      return {
        generation,
        instanceId: id,
        workflow: await workflowState(workflowStatus, id),
        steps: own.filter((row) => row.generation === generation).map(step),
      };
    });
  const { finishedAt, startedAt, since, ...rest } = saga;
  return {
    ...rest,
    startedAt: startedAt.toISOString(),
    since: since.toISOString(),
    ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
    runs: await Promise.all(runs),
  };
}

const step = ({ kind: _kind, generation: _generation, firstAt, lastAt, fault, ...rest }: StepRow) => ({
  ...rest,
  firstAt: firstAt.toISOString(),
  lastAt: lastAt.toISOString(),
  ...(fault !== null && { fault }),
});

async function workflowState(ask: SagaViewParts["workflowStatus"], id: string): Promise<WorkflowState> {
  let known: WorkflowStatus | undefined;
  try {
    known = await ask(id);
  } catch {
    return { status: "no-answer" };
  }
  if (!known) return { status: "gone" };
  const { createdAt, lastUpdatedAt, output, ...rest } = known;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    lastUpdatedAt: lastUpdatedAt.toISOString(),
    ...(output !== undefined && { output: typeof output === "string" ? output : JSON.stringify(output) }),
  };
}
