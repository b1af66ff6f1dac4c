-- The account library's four tables under names of our own; src/accounts.ts maps them, and a test compares both.
create table users (
  id uuid primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null,
  image text,
  is_anonymous boolean default false,
  role text not null default 'customer',
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);

create table sessions (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null
);
create index sessions_user_id_idx on sessions (user_id);

create table credentials (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  account_id text not null,
  provider_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null
);
create index credentials_user_id_idx on credentials (user_id);

create table verifications (
  id uuid primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
create index verifications_identifier_idx on verifications (identifier);

-- Every gateway hears at commit that a session is over, however it ended: cookies may still carry a signed copy of it,
-- and event streams may still run for it.
create function tell_session_ended() returns trigger language plpgsql as $$
begin
  perform pg_notify('session-ended', old.id::text);
  return null;
end
$$;
create trigger session_ended after delete on sessions for each row execute function tell_session_ended();
