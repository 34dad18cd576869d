#!/bin/sh
# Upgrades the schema of Temporal's two databases to this version, and creates missing databases. A second run does
# nothing. SQL_* are host, user and password. SCHEMA_DIR has the versions of the schema.
set -eu

schema_dir=${SCHEMA_DIR:-/etc/temporal/schema/postgresql/v12}

for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  versions=$schema_dir/${pair#*:}/versioned
  echo "schema of $database"
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema -v 0.0 # does not change a schema that exists
  temporal-sql-tool --db "$database" update-schema -d "$versions"
done
echo 'schema is up to date'
