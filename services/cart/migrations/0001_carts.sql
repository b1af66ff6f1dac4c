-- Read model `carts`: made from cart events and nothing else.
create table carts (
  owner_id uuid primary key,
  version int not null default 0,
  -- Where a guest's cart went when the guest signed in.
  joined_to uuid
);
create table cart_lines (
  owner_id uuid not null,
  sku text not null,
  -- The order in which lines were put in.
  place int not null,
  product_id uuid not null,
  quantity int not null check (quantity between 1 and 99),
  unit_price_cents int not null,
  -- The price the shopper last knew; another one in unit_price_cents is shown as a notice.
  seen_price_cents int not null,
  -- Set when joining a guest's cart went over the limit of a line.
  reduced boolean not null default false,
  primary key (owner_id, sku)
);
create index cart_lines_by_sku on cart_lines (sku);

-- Read model `product-copies`: what the catalogue told by product-events, one row a variant.
create table product_copies (
  sku text primary key,
  product_id uuid not null,
  slug text not null,
  name text not null,
  image text,
  options jsonb not null,
  currency text not null,
  price_cents int not null,
  available int not null,
  retired boolean not null default false
);
create index product_copies_by_product on product_copies (product_id);

-- Variants that were asked for before their event came; a row in product_copies always goes first.
create table fetched_products (
  sku text primary key,
  product_id uuid not null,
  slug text not null,
  name text not null,
  image text,
  options jsonb not null,
  currency text not null,
  price_cents int not null,
  available int not null,
  retired boolean not null
);

-- The price every cart shows for a variant; changes only together with the carts that hold it.
create table prices (
  sku text primary key,
  price_cents int not null
);
