-- The books of the test payment provider, an outside party: no service of the shop writes here in its own transactions.
create table authorizations (
  id text primary key,
  -- What the merchant calls the payment: its order's id.
  reference text not null,
  -- `voided` without an amount is a tombstone: the void came first, and a late authorization is refused.
  status text not null check (status in ('authorized', 'declined', 'voided', 'captured')),
  amount_cents int not null,
  currency text not null,
  refuses_capture boolean not null default false,
  captured_cents int not null default 0,
  refunded_cents int not null default 0,
  check (captured_cents <= amount_cents),
  check (refunded_cents <= captured_cents)
);
create index authorizations_by_reference on authorizations (reference);

-- Every movement once, by the id its sender gave it.
create table movements (
  id text primary key,
  authorization_id text not null references authorizations,
  kind text not null check (kind in ('authorize', 'capture', 'void', 'refund')),
  status text not null check (status in ('done', 'refused')),
  amount_cents int not null,
  reason text,
  booked_at timestamptz not null default clock_timestamp()
);
create index movements_by_authorization on movements (authorization_id);

create table failed_attempts (
  movement_id text primary key,
  attempts int not null
);

-- What an auditor asks, by the merchant's reference.
create view balances as
  select reference,
         coalesce(sum(amount_cents) filter (where status = 'authorized'), 0)::bigint as held_cents,
         coalesce(sum(captured_cents - refunded_cents), 0)::bigint as paid_cents,
         (select count(*) from movements m join authorizations a on a.id = m.authorization_id
          where a.reference = authorizations.reference and m.kind = 'capture' and m.status = 'done') as captures
  from authorizations group by reference;
