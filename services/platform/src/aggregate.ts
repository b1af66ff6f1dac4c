import type { Topic } from "@sockshop/contracts/topics.ts";
import type { Queryable, Transaction } from "./database.ts";
import { type DomainEvent, insertEvents, type RecordedEvent } from "./events.ts";
import { newId } from "./ids.ts";
import { currentContext } from "./request-context.ts";

/** A consistency boundary as two plain functions; `decide` returns [] for a repeat and throws or returns named refusals. */
export type Aggregate<State, Command, Event extends DomainEvent> = {
  /** The kind of stream, such as `product`. */
  stream: string;
  topic: Topic;
  /** Event types that never leave the service. */
  privateTypes?: readonly string[];
  initial: State;
  decide: (command: Command, state: State) => Event[];
  evolve: (state: State, event: Event) => State;
};

/** Keeps a read model in step with the aggregate, inside the command's transaction. */
export type Projection<Event extends DomainEvent = DomainEvent> = {
  name: string;
  /** The tables it fills and nothing else writes; a rebuild makes them anew from events. */
  tables: readonly string[];
  project: (tx: Transaction, event: RecordedEvent<Event>) => Promise<void>;
};

export type AggregateStore<State, Command, Event extends DomainEvent> = {
  aggregate: Aggregate<State, Command, Event>;
  projections: Projection<Event>[];
  /** Locks the stream, decides, appends, projects: all in the caller's transaction. */
  execute: (
    tx: Transaction,
    subject: string,
    command: Command,
  ) => Promise<{ state: State; events: RecordedEvent<Event>[] }>;
  /** The state as last committed; the initial one for a stream that does not exist. */
  load: (db: Queryable, subject: string) => Promise<State>;
  /** The state under the stream's lock, for a transaction that decides over several streams. */
  lock: (tx: Transaction, subject: string) => Promise<State>;
};

/** The store of one aggregate: events, the folded state, and the read models made from its events. */
export function aggregateStore<State, Command, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  projections: Projection<Event>[] = [],
): AggregateStore<State, Command, Event> {
  return {
    aggregate,
    projections,
    async execute(tx, subject, command) {
      const { version, state } = await lockStream(tx, aggregate, subject);
      const decided = aggregate.decide(command, state);
      if (decided.length === 0) return { state, events: [] };
      const next = decided.reduce(aggregate.evolve, state);
      const events = await append(tx, aggregate, { subject, version, state: next }, decided);
      for (const event of events) {
        for (const projection of projections) await projection.project(tx, event);
      }
      return { state: next, events };
    },
    async load(db, subject) {
      const { rows } = await db.query<{ state: State }>(
        "select state from streams where stream = $1 and subject = $2",
        [aggregate.stream, subject],
      );
      return rows[0]?.state ?? aggregate.initial;
    },
    async lock(tx, subject) {
      return (await lockStream(tx, aggregate, subject)).state;
    },
  };
}

async function lockStream<State>(
  tx: Transaction,
  aggregate: { stream: string; initial: State },
  subject: string,
) {
  const select = "select version, state from streams where stream = $1 and subject = $2 for update";
  const found = await tx.query<{ version: number; state: State }>(select, [aggregate.stream, subject]);
  if (found.rows[0]) return found.rows[0];
  await tx.query(
    "insert into streams (stream, subject, version, state) values ($1, $2, 0, $3) on conflict do nothing",
    [aggregate.stream, subject, JSON.stringify(aggregate.initial)],
  );
  const made = await tx.query<{ version: number; state: State }>(select, [aggregate.stream, subject]);
  if (!made.rows[0]) throw new Error(`stream ${aggregate.stream} ${subject} vanished while it was made`);
  return made.rows[0];
}

async function append<Event extends DomainEvent>(
  tx: Transaction,
  aggregate: { stream: string; topic: Topic; privateTypes?: readonly string[] },
  at: { subject: string; version: number; state: unknown },
  decided: Event[],
): Promise<RecordedEvent<Event>[]> {
  const traceparent = currentContext()?.traceparent ?? null;
  const stored = await insertEvents(
    tx,
    decided.map((event, index) => ({
      id: newId(),
      stream: aggregate.stream,
      subject: at.subject,
      version: at.version + index + 1,
      type: event.type,
      data: event.data,
      topic: aggregate.privateTypes?.includes(event.type) ? null : aggregate.topic,
      traceparent,
    })),
  );
  await tx.query("update streams set version = $3, state = $4 where stream = $1 and subject = $2", [
    aggregate.stream,
    at.subject,
    at.version + decided.length,
    JSON.stringify(at.state),
  ]);
  return stored as unknown as RecordedEvent<Event>[];
}
