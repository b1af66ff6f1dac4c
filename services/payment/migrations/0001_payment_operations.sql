-- What the checkout asked for, one row a step; written before the provider hears of it.
create table payment_operations (
  order_id uuid not null,
  -- authorize, capture, void, or refund:<refund id>
  operation text not null,
  -- The highest generation of the order's saga that asked.
  generation int not null,
  status text not null check (status in ('requested', 'done', 'refused', 'undone')),
  -- The name under which the provider knows this movement of money, the same for every attempt.
  movement_id text not null unique,
  amount_cents int not null,
  currency text not null,
  reason text,
  requested_at timestamptz not null default clock_timestamp(),
  primary key (order_id, operation)
);

-- The provider's token, kept apart until authorization is settled and deleted then.
create table payment_tokens (
  order_id uuid primary key,
  token text not null
);
