-- operations: what readiness and figures ask; one row each, seldom.

-- name: standing
-- Which rights the connection really has, beneath the role it acts as. Catalogue only.
SELECT current_user = 'ohc_app' AS acts_as_application,
       signed_in.rolsuper OR signed_in.rolbypassrls
           OR pg_has_role(signed_in.oid, ours.nspowner, 'MEMBER') AS is_owner
  FROM pg_catalog.pg_roles signed_in, pg_catalog.pg_namespace ours
 WHERE signed_in.rolname = session_user AND ours.nspname = 'ohc'

-- name: applied_migrations
-- A few rows of one small table.
SELECT name FROM ohc.migration

-- name: installation
-- The one row that says whether this database is synthetic, asked once at the start.
SELECT mode, installation_id FROM ohc.installation

-- name: database_time
-- No table.
SELECT clock_timestamp()
