#!/bin/sh
# Run once by the postgres image on an empty volume: the role of the service, which owns nothing.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$WEB_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE sustainer_app NOLOGIN;
CREATE ROLE sustainer_web LOGIN PASSWORD :'password' IN ROLE sustainer_app;
SQL
