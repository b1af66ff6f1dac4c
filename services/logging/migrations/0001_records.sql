-- Every event of every topic and every log record, in the order in which they were appended. Each carries a hash over the one
-- before and itself. A row with a topic is an event (message is its type), one without is a log record.
create table records (
  seq bigint not null,
  -- When it happened, by its service's clock, and when it was stored, by ours; milliseconds, since the hash covers them.
  time timestamptz(3) not null,
  stored_at timestamptz(3) not null,
  service text not null,
  level text,
  message text not null,
  topic text,
  position bigint,
  subject text,
  event_id uuid,
  request_id text,
  trace_id text,
  order_id uuid,
  data jsonb not null,
  hash bytea not null,
  -- Signs are spaces, so that the words of paths and ids are found one by one.
  words tsvector not null generated always as (
    to_tsvector('simple', translate(message || ' ' || data::text, '{}[]"'':,./\_-=?&@#%+*()<>|;!~`^$', repeat(' ', 32)))
  ) stored,
  primary key (seq)
) partition by range (seq);

create index records_words on records using gin (words);
create index records_by_service on records (service, seq);
create index records_of_rare_levels on records (level, seq) where level in ('trace', 'debug', 'warn', 'error', 'fatal');
create index records_of_trace on records (trace_id, seq) where trace_id is not null;
create index records_of_order on records (order_id, seq) where order_id is not null;
create index records_of_topic on records (topic, seq) where topic is not null;
create index records_of_subject on records (subject, seq) where subject is not null;

-- The one writer at a time holds this row: where the chain ends, and how many partitions were ever made. Partition n holds
-- the records n * partition_size + 1 to (n + 1) * partition_size; the size must never change once there are records.
create table chain_head (
  one boolean primary key default true check (one),
  seq bigint not null,
  hash bytea not null,
  partitions int not null default 0,
  partition_size int not null default 200000
);
insert into chain_head (seq, hash) values (0, decode(repeat('00', 32), 'hex'));

-- What times the records of a partition tell: a search in a period looks into no other.
create table partitions (
  partition int primary key,
  first_time timestamptz(3) not null,
  last_time timestamptz(3) not null
);

-- What a dropped partition leaves, so that the chain can still be walked across the gap.
create table anchors (
  first_seq bigint primary key,
  last_seq bigint not null,
  first_hash bytea not null,
  last_hash bytea not null,
  count bigint not null,
  dropped_at timestamptz not null default clock_timestamp()
);

-- Batches of log records that were stored lately: the broker may bring one twice.
create table log_batches (
  id uuid primary key,
  stored_at timestamptz not null default clock_timestamp()
);
create index log_batches_by_age on log_batches (stored_at);

-- Counts made from records; `partition` lets them go together with the records that they count.
create table projections (name text primary key, seq bigint not null default 0);
insert into projections (name) values ('error-counts'), ('route-times');

create table error_counts (
  partition int not null,
  minute timestamptz not null,
  service text not null,
  errors int not null,
  warnings int not null,
  primary key (minute, service, partition)
);

create table route_times (
  partition int not null,
  hour timestamptz not null,
  service text not null,
  method text not null,
  route text not null,
  requests int not null,
  total_ms bigint not null,
  max_ms int not null,
  slow int not null,
  failed int not null,
  primary key (hour, service, method, route, partition)
);
