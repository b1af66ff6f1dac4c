-- What each service has called, published and applied since its process began, for the map; kept for some minutes.
create table traffic (
  app_id text not null,
  at timestamptz not null,
  counters jsonb not null,
  primary key (app_id, at)
);
