-- Read model: one order a row, made from the order's events alone and rebuilt by `npm run events -- rebuild orders`.
create table orders (
  order_id uuid primary key,
  -- The version of the stream that the row shows; clients of the event stream resume by it.
  version int not null,
  customer_id uuid not null,
  status text not null,
  reason text,
  price_changes jsonb,
  currency text not null,
  lines jsonb not null,
  subtotal_cents bigint not null,
  shipping_cents bigint not null,
  total_cents bigint not null,
  payment_status text not null,
  timeline jsonb not null,
  placed_at timestamptz not null
);
create index orders_by_customer on orders (customer_id, placed_at desc, order_id desc);
create index orders_by_time on orders (placed_at desc, order_id desc);

-- Personal data and the payment token: here and in no event. Blanked when the account is erased.
create table order_details (
  order_id uuid primary key,
  email text not null,
  shipping_address jsonb not null,
  -- Kept until authorization is settled.
  payment_token text
);

-- What was answered to a key, word for word; kept as long as the order.
create table idempotency_keys (
  customer_id uuid not null,
  key text not null,
  -- A keyed hash, since the request holds personal data.
  request_hash text not null,
  order_id uuid not null,
  status int not null,
  location text not null,
  body text not null,
  primary key (customer_id, key)
);

-- One order that is neither rejected nor cancelled for each version of a cart; released when it comes to nothing.
create table cart_claims (
  cart_owner_id uuid not null,
  cart_version bigint not null,
  order_id uuid not null unique,
  primary key (cart_owner_id, cart_version)
);

-- The long-running work of an order, one row a kind; the workflow instance is named after the generation.
create table sagas (
  order_id uuid not null,
  kind text not null check (kind in ('checkout', 'cancel', 'refund')),
  generation int not null,
  -- `requested` until an instance was started, then `started`, then the activity tried last.
  step text not null,
  started_at timestamptz not null default clock_timestamp(),
  -- The last sign of life.
  since timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  primary key (order_id, kind)
);
create index sagas_at_work on sagas (since) where finished_at is null;

-- Guests that joined an account, and accounts that were erased: a request of theirs may still be under way.
create table former_customers (
  customer_id uuid primary key,
  -- The account a guest became; null for an erased account.
  became uuid
);
