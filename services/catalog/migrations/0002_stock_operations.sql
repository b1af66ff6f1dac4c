-- The checkout's stock operations, one row for each (order, operation): what a repeat is answered, and what an undo has to undo.
create table stock_operations (
  order_id uuid not null,
  operation text not null check (operation in ('reserve', 'commit')),
  -- The highest saga generation seen with it; a lower one is told to end itself.
  generation bigint not null,
  status text not null check (status in ('done', 'refused', 'undone')),
  -- Why it was refused, as the caller was told.
  refusal jsonb,
  -- Of a reservation: [{productId, sku, quantity}], one a variant, in the order its products are locked.
  lines jsonb,
  -- Of a reservation whose units are still held: until when, by this database's clock.
  held_until timestamptz,
  primary key (order_id, operation)
);
create index stock_operations_by_expiry on stock_operations (held_until) where held_until is not null;
