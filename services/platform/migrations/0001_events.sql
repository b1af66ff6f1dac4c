-- One stream a row, locked by every command; `state` is the fold of its events, kept so that a command need not replay.
create table streams (
  stream text not null,
  subject text not null,
  version int not null,
  state jsonb not null,
  primary key (stream, subject)
);

-- The event store and the outbox in one: an event with a topic is published, one without stays private.
create table events (
  seq bigint generated always as identity primary key,
  id uuid not null unique,
  stream text not null,
  subject text not null,
  version int not null,
  type text not null,
  data jsonb not null,
  time timestamptz not null default clock_timestamp(),
  traceparent text,
  topic text,
  -- Handed out by the relay after commit, gapless for each topic: identity columns leave holes and become visible out of order.
  position bigint,
  unique (stream, subject, version),
  unique (topic, position)
);
create index events_without_position on events (topic, seq) where topic is not null and position is null;

create table topic_heads (
  topic text primary key,
  head bigint not null default 0,
  published bigint not null default 0
);

-- What was delivered or fetched and not yet applied by every consumer.
create table inbox (
  source text not null,
  topic text not null,
  position bigint not null,
  event jsonb not null,
  received_at timestamptz not null default clock_timestamp(),
  primary key (source, topic, position)
);

-- How far each consumer has applied a topic; the row is locked while it moves.
create table checkpoints (
  consumer text not null,
  source text not null,
  topic text not null,
  position bigint not null default 0,
  attempts int not null default 0,
  last_error text,
  primary key (consumer, source, topic)
);

-- Events whose handler keeps failing, with what follows for the same subject, until an operator redrives them.
create table parked (
  consumer text not null,
  source text not null,
  topic text not null,
  position bigint not null,
  subject text not null,
  event jsonb not null,
  error text not null,
  parked_at timestamptz not null default clock_timestamp(),
  primary key (consumer, source, topic, position)
);
create index parked_by_subject on parked (consumer, source, topic, subject);
