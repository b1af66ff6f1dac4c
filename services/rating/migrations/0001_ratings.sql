-- Read model `purchases`: what customers received, made from order-events and nothing else; one row a product of an order.
create table purchases (
  order_id uuid not null,
  product_id uuid not null,
  -- As the order told it; a guest's is followed to the account by former_customers.
  customer_id uuid not null,
  product_name text not null,
  delivered_at timestamptz not null,
  primary key (order_id, product_id)
);
create index purchases_by_customer on purchases (customer_id, delivered_at desc);

-- Each product of an order is rated once: who takes the row may submit.
create table rating_claims (
  order_id uuid not null,
  product_id uuid not null,
  rating_id uuid not null unique,
  primary key (order_id, product_id)
);

-- What the approved ratings of a product come to. Every command locks the row first, so that events tell the sums of a
-- product in the order of their positions.
create table standings (
  product_id uuid primary key,
  total_stars bigint not null default 0,
  count int not null default 0
);

-- What people wrote and who they are: here and in no event. Blanked when the account is erased.
create table rating_texts (
  rating_id uuid primary key,
  title text not null,
  comment text not null,
  author text not null,
  -- What a moderator told about a rejection.
  reason text
);

-- Read model `ratings`: the ratings, and how many approved ones a product has of each number of stars.
create table ratings (
  id uuid primary key,
  product_id uuid not null,
  order_id uuid not null,
  customer_id uuid not null,
  stars int not null,
  status text not null,
  flags text[] not null,
  revision int not null,
  created_at timestamptz not null,
  submitted_at timestamptz not null
);
create index ratings_shown on ratings (product_id, created_at desc, id desc) where status = 'approved';
create index ratings_by_customer on ratings (customer_id, created_at desc, id desc);
create index ratings_waiting on ratings (status, submitted_at, id) where status <> 'approved';
create table rating_histograms (
  product_id uuid not null,
  stars int not null,
  count int not null,
  primary key (product_id, stars)
);

-- Read model `helpful-votes`: who found which rating helpful, and how many did.
create table helpful_votes (
  rating_id uuid not null,
  voter_id uuid not null,
  primary key (rating_id, voter_id)
);
create index helpful_votes_by_voter on helpful_votes (voter_id);
create table helpful_counts (
  rating_id uuid primary key,
  votes int not null
);

-- Guests that joined an account, and accounts that were erased: a request of theirs may still be under way.
create table former_customers (
  customer_id uuid primary key,
  -- The account a guest became; null for an erased account.
  became uuid
);
create index former_customers_by_account on former_customers (became);
