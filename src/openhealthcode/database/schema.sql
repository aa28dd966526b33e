-- database: what was installed here, and the role everything runs as.
-- Distribution (Citus): both tables are local to the coordinator.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'ohc_app') THEN
        CREATE ROLE ohc_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database of this server was being set up at the same moment
END
$$;

GRANT ohc_app TO CURRENT_USER;

CREATE SCHEMA ohc;

GRANT USAGE ON SCHEMA ohc TO ohc_app;

CREATE TABLE ohc.migration (
    name        text        PRIMARY KEY,  -- public
    applied_at  timestamptz NOT NULL,     -- operational
    digest      bytea       NOT NULL      -- SHA-256 of the file as it was then  -- public
);

-- A database is synthetic or in production for life; the program refuses the wrong one.
CREATE TABLE ohc.installation (
    only_row         boolean     PRIMARY KEY CHECK (only_row),                           -- public
    mode             text        NOT NULL CHECK (mode IN ('synthetic', 'production')),  -- public
    installation_id  uuid        NOT NULL,                                              -- public
    created_at       timestamptz NOT NULL                                               -- operational
);

GRANT SELECT ON ohc.migration, ohc.installation TO ohc_app;

-- Turns the transaction it is called in to a resident and answers whom it was turned to, which is
-- nobody or that same resident: never to a second one. A function that serves several turns back to
-- the answer each time, so that row-level security shows each one's rows in turn. Called in a
-- declaration or an assignment, which costs a third of a statement of its own.
CREATE FUNCTION ohc.turn_to(uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before CONSTANT text := coalesce(current_setting('ohc.resident_id', true), '');
    turned text;
BEGIN
    IF before <> '' AND before::uuid <> $1 THEN
        RAISE EXCEPTION 'this transaction is turned to another resident';
    END IF;
    turned := set_config('ohc.resident_id', $1::text, true);
    RETURN before;
END
$$;
