#!/bin/sh
# Makes one database and one role for each service, with a password from /run/secrets. No role may use another's database.
# PostgreSQL's image runs it once, when its data folder is made. It may be run again (a new service, new passwords):
#   docker compose exec postgres sh /docker-entrypoint-initdb.d/databases.sh
set -eu

run() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres "$@"; }

run --command "REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC"
for service in intake payments review badging notify ops; do
    run --set name="microcred_$service" --set file="/run/secrets/$service" <<'SQL'
\setenv SECRET :file
\set password `cat "$SECRET"`
SELECT format('CREATE ROLE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
done
