-- Every process numbers the log records that it sends: the number that should come next of each.
create table log_senders (
  sender uuid primary key,
  service text not null,
  next bigint not null,
  heard_at timestamptz not null default clock_timestamp()
);

-- Numbers that were skipped: they are on their way, or the broker lost them.
create table log_gaps (
  sender uuid not null references log_senders on delete cascade,
  first bigint not null,
  last bigint not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (sender, first)
);
