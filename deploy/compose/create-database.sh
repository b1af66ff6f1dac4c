#!/bin/bash
# Run once by the PostgreSQL image on an empty data folder: the service's role and its one database, with the rights
# that scripts/runtime/databases.ts gives. The set-up wrote down what verifies its password, not the password.
set -eu
verifier=$(cat "/run/sockshop/databases/$OWNER")
psql -v ON_ERROR_STOP=1 -v name="$DATABASE" -v verifier="$verifier" -U postgres <<'SQL'
create role :"name" login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 40 password :'verifier';
alter role :"name" set idle_in_transaction_session_timeout to '60s';
alter role :"name" set temp_file_limit to '512MB';
create database :"name";
revoke connect on database postgres, template1 from public;
revoke all on database :"name" from public;
grant connect, create, temporary on database :"name" to :"name";
\connect :"name"
grant usage, create on schema public to :"name";
SQL
