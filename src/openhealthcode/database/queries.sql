-- database: what the storage layer itself asks.

-- name: announce
-- Wake listeners at commit. Parameters: $1 channel text, $2 topic text.
SELECT pg_notify($1, $2)

-- name: migrations_applied
-- The few rows of one small table, by the owner.
SELECT name FROM ohc.migration

-- name: migrations_table
-- Null until the first migration has run.
SELECT to_regclass('ohc.migration')

-- name: record_migration
-- Parameters: $1 name text, $2 applied_at timestamptz.
-- $3 text of the file.
INSERT INTO ohc.migration (name, applied_at, digest)
VALUES ($1, $2, sha256(convert_to($3, 'UTF8')))

-- name: migrations_altered
-- Files that are no longer what was applied. Parameters: $1 names text[], $2 their texts text[].
SELECT m.name
  FROM ohc.migration m JOIN unnest($1::text[], $2::text[]) AS file (name, content) USING (name)
 WHERE m.digest <> sha256(convert_to(file.content, 'UTF8'))

-- name: installation
-- One row, kept in memory by the caller.
SELECT mode, installation_id FROM ohc.installation

-- name: stamp
-- Once in a database's life. Parameters: $1 mode text, $2 installation_id uuid, $3 created_at.
INSERT INTO ohc.installation (only_row, mode, installation_id, created_at)
VALUES (true, $1, $2, $3)
ON CONFLICT (only_row) DO NOTHING

-- name: foreign_tables
-- How many tables there are that are not ours; asked once, before a database is stamped.
SELECT count(*)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg_toast%'

-- name: server_version
-- The version number as an integer, e.g. 180004.
SELECT current_setting('server_version_num')::int

-- name: hold_migrations
-- One at a time, until this connection ends.
SELECT pg_advisory_lock(4826311670)

-- name: wait_shortly
-- For a lock in this transaction: everybody else waits behind whoever waits.
SET LOCAL lock_timeout = '2s'

-- name: releases_connected
-- The program's own connections to this database by the release they belong to; of the own role.
SELECT DISTINCT application_name
  FROM pg_catalog.pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'openhealthcode %'
