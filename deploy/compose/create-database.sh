#!/bin/bash
# Run once by the PostgreSQL image on an empty data folder: the service's role, which owns its one database and
# nothing else. The set-up wrote down what verifies its password, not the password.
set -eu
verifier=$(cat "/run/sockshop/databases/$OWNER")
psql -v ON_ERROR_STOP=1 -v name="$DATABASE" -v verifier="$verifier" -U postgres <<'SQL'
create role :"name" login password :'verifier';
create database :"name" owner :"name";
revoke all on database :"name" from public;
revoke connect on database postgres, template1 from public;
SQL
