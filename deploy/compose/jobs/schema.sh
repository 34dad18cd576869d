#!/bin/sh
# Brings Temporal's two databases to the schema of this version, and creates them where they are missing. Run again it does
# nothing. Host, user and password are in SQL_*; SCHEMA_DIR: where the versions of the schema are.
set -eu

schema_dir=${SCHEMA_DIR:-/etc/temporal/schema/postgresql/v12}

for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  versions=$schema_dir/${pair#*:}/versioned
  echo "schema of $database"
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema -v 0.0 # leaves a schema that is there as it is
  temporal-sql-tool --db "$database" update-schema -d "$versions"
done
echo 'schema is up to date'
