-- A trusted extension: the database's owner may create it without being a superuser.
create extension if not exists pg_trgm;

-- Names that one product alone may bear, in every state it goes through; taken in the transaction of the command.
create table product_names (
  kind text not null check (kind in ('sku', 'slug')),
  name text not null,
  product_id uuid not null,
  primary key (kind, name)
);

-- Read model: what a product is. Changes rarely and carries every index of lists and search.
create table products (
  id uuid primary key,
  slug text not null unique,
  name text not null,
  description text not null,
  brand text not null,
  category text not null,
  tags text[] not null,
  images text[] not null,
  currency text not null,
  design jsonb,
  -- [{sku, options, priceCents}] in the order of the shop.
  variants jsonb not null,
  price_cents int not null,
  status text not null,
  created_at timestamptz not null,
  search_vector tsvector not null,
  search_text text not null
);
create index products_by_search on products using gin (search_vector);
create index products_by_likeness on products using gin (search_text gin_trgm_ops);

-- Read model: what is left and what was sold. Changes with every order; without an index beside its key an update stays in its page.
create table product_stock (
  product_id uuid primary key,
  -- Available units by sku.
  stock jsonb not null,
  available bigint not null,
  sold bigint not null default 0
) with (fillfactor = 60);

-- What customers thought, kept by rating-events.
create table product_ratings (
  product_id uuid primary key,
  stars bigint not null default 0,
  count int not null default 0
);
