-- How each part of each service was when it was last looked at, and since when.
create table service_states (
  app_id text not null,
  part text not null,
  status text not null,
  detail text,
  since timestamptz not null,
  checked_at timestamptz not null,
  -- When its process began, and when it was first seen to be another one than before: of the part `service` only.
  started_at timestamptz,
  restarted_at timestamptz,
  primary key (app_id, part)
);

create table state_changes (
  seq bigint generated always as identity primary key,
  app_id text not null,
  part text not null,
  was text,
  status text not null,
  restarted boolean not null,
  detail text,
  at timestamptz not null
);
create index state_changes_by_time on state_changes (at);

-- What each service measured, every ten seconds: counters as they stood, and how much was waiting.
create table samples (
  app_id text not null,
  at timestamptz not null,
  requests double precision not null,
  errors double precision not null,
  -- Requests that took at most so many seconds, by the bound: {"0.1": 12, "+Inf": 14}.
  durations jsonb not null,
  outbox_lag double precision not null,
  inbox_lag double precision not null,
  parked double precision not null,
  primary key (app_id, at)
);
create index samples_by_time on samples (at);

-- Read model `alerts`, made from this service's own events.
create table alerts (
  id uuid primary key,
  rule text not null,
  subject text not null,
  severity text not null,
  status text not null,
  summary text not null,
  what_to_do text not null,
  raised_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  resolved_at timestamptz
);
create unique index one_open_alert on alerts (rule, subject) where status <> 'resolved';
create index alerts_by_time on alerts (raised_at desc, id desc);

-- Read model `recent-payments`: how the latest authorizations ended; what lies far back is dropped.
create table recent_payments (
  position bigint primary key,
  declined boolean not null
);

-- Read model `open-orders`: orders that were placed and have not ended yet.
create table open_orders (
  order_id uuid primary key,
  placed_at timestamptz not null
);
create index open_orders_by_time on open_orders (placed_at);

-- Read model `low-stock`: what runs out, and what the products are called.
create table low_stock (
  sku text primary key,
  product_id uuid not null,
  available int not null
);
create index low_stock_by_product on low_stock (product_id);
create table product_names (
  product_id uuid primary key,
  name text not null
);
