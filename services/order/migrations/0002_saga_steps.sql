-- How the steps of each run went, for people: what a saga does is decided by the order's events and by `sagas` alone.
create table saga_steps (
  order_id uuid not null,
  kind text not null,
  generation int not null,
  step text not null,
  -- Attempts that have ended; one whose process died is not among them.
  attempts int not null default 1,
  faults int not null default 0,
  first_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  -- How the last attempt ended: a step's outcome, or `fault`.
  outcome text not null,
  -- What the last fault said.
  fault text,
  primary key (order_id, kind, generation, step)
);
