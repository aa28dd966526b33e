-- audit: what happened to each resident's record, numbered, linked and committed to a public tree.
-- Events and leaves are append-only: the service's role may add and read them, nothing else.
-- Distribution column (Citus): resident_id in all four tables, co-located.
CREATE SCHEMA audit;

GRANT USAGE ON SCHEMA audit TO ohc_app;

-- These tables take part in every look. Their few invariants (lengths, signs) are held by
-- ``audit.rules`` and found by ``ohc verify``; a CHECK is parsed anew by every statement.

-- One row per resident. Every event and every change of consent changes this row, which puts
-- them in one order.
CREATE TABLE audit.chain (
    resident_id      uuid    PRIMARY KEY,                                     -- operational
    next_number      bigint  NOT NULL CHECK (next_number > 0),                -- operational
    head             bytea   NOT NULL,                                        -- operational
    consent_version  bigint  NOT NULL,                                        -- operational
    closed_at        timestamptz,                                             -- operational
    destroyed_at     timestamptz,                                             -- operational
    -- Whether the person has several chains: what one of them logs may concern the others too.
    is_linked        boolean NOT NULL DEFAULT false                           -- operational
);

-- Accounts that were closed while their keys could not be destroyed yet; nearly always empty.
CREATE INDEX chain_to_destroy ON audit.chain (resident_id)
    WHERE closed_at IS NOT NULL AND destroyed_at IS NULL;

-- `commitment` is SHA-256 over `salt` and everything to its left; `link` is keyed over the link
-- before and `commitment`. `detail` is sealed under the resident's log key.
CREATE TABLE audit.event (
    resident_id      uuid         NOT NULL,                                   -- operational
    number           bigint       NOT NULL,                                   -- operational
    recorded_at      timestamptz  NOT NULL,                                   -- operational
    action           text         NOT NULL,                                   -- operational
    outcome          text         NOT NULL,                                   -- operational
    purpose          text,                                                    -- operational
    scene            text,                                                    -- health
    agent_kind       text         NOT NULL,                                   -- operational
    agent_id         uuid         NOT NULL,                                   -- operational
    institution_id   uuid,                                                    -- health
    detail           bytea        NOT NULL,                                   -- health
    salt             bytea        NOT NULL,                                   -- operational
    commitment       bytea        NOT NULL,                                   -- public
    link             bytea        NOT NULL,                                   -- operational
    PRIMARY KEY (resident_id, number)
);

-- Commitments that wait for their place in the tree; a queue, emptied within seconds.
CREATE TABLE audit.pending (
    resident_id      uuid    NOT NULL,                                        -- operational
    number           bigint  NOT NULL,                                        -- operational
    commitment       bytea   NOT NULL,                                        -- public
    PRIMARY KEY (resident_id, number)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Leaves whose events a database restored from a copy lacks; told in the region's own log too.
-- Of nobody; Citus: a reference table.
CREATE TABLE audit.gap (
    first_leaf       bigint       PRIMARY KEY CHECK (first_leaf >= 0),        -- public
    end_leaf         bigint       NOT NULL CHECK (end_leaf > first_leaf),     -- public
    recorded_at      timestamptz  NOT NULL                                    -- public
);

ALTER TABLE audit.gap ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.gap FORCE ROW LEVEL SECURITY;

CREATE POLICY to_sequence_and_verify ON audit.gap FOR SELECT
    USING (current_setting('ohc.task', true) IN ('sequencing', 'verification'));

-- Only together with the event in the region's own log.
CREATE POLICY told_by_the_region ON audit.gap FOR INSERT
    WITH CHECK (NULLIF(current_setting('ohc.resident_id', true), '')::uuid
                = '0e510000-0000-4000-8000-000000000001'::uuid);

GRANT SELECT, INSERT ON audit.gap TO ohc_app;

-- Which leaf of the tree an event became, counted from 0.
CREATE TABLE audit.leaf (
    resident_id      uuid    NOT NULL,                                        -- operational
    number           bigint  NOT NULL,                                        -- operational
    leaf_index       bigint  NOT NULL CHECK (leaf_index >= 0),                -- public
    PRIMARY KEY (resident_id, number)
);

CREATE INDEX leaf_by_index ON audit.leaf (leaf_index);

GRANT SELECT, INSERT, UPDATE ON audit.chain TO ohc_app;
GRANT SELECT, INSERT ON audit.event TO ohc_app;
GRANT SELECT, INSERT, DELETE ON audit.pending TO ohc_app;
GRANT SELECT, INSERT ON audit.leaf TO ohc_app;

ALTER TABLE audit.chain ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.chain FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.event FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.pending ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.pending FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.leaf ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.leaf FORCE ROW LEVEL SECURITY;

-- Everything that looks, files or consents begins at this row: closed, it is not there for anybody.
CREATE POLICY of_the_resident ON audit.chain
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid
           AND closed_at IS NULL);
CREATE POLICY to_close ON audit.chain
    USING (current_setting('ohc.task', true) = 'closing');
CREATE POLICY to_verify ON audit.chain FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

-- Many residents at once begin their logs: first events alone, and nothing is read.
CREATE POLICY to_register ON audit.chain FOR INSERT
    WITH CHECK (current_setting('ohc.task', true) = 'registration' AND next_number = 2);
CREATE POLICY to_register ON audit.event FOR INSERT
    WITH CHECK (current_setting('ohc.task', true) = 'registration' AND number = 1);
CREATE POLICY to_register ON audit.pending FOR INSERT
    WITH CHECK (current_setting('ohc.task', true) = 'registration' AND number = 1);

CREATE POLICY of_the_resident ON audit.event
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_verify ON audit.event FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

CREATE POLICY of_the_resident ON audit.pending FOR INSERT
    WITH CHECK (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_sequence ON audit.pending FOR SELECT
    USING (current_setting('ohc.task', true) IN ('sequencing', 'verification'));
CREATE POLICY to_finish ON audit.pending FOR DELETE
    USING (current_setting('ohc.task', true) = 'sequencing');

CREATE POLICY of_the_resident ON audit.leaf FOR SELECT
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_sequence ON audit.leaf FOR SELECT
    USING (current_setting('ohc.task', true) IN ('sequencing', 'verification'));
CREATE POLICY to_place ON audit.leaf FOR INSERT
    WITH CHECK (current_setting('ohc.task', true) = 'sequencing');

-- What happened across the region, in the order of the leaves; what an event says is sealed.
CREATE POLICY to_supervise ON audit.leaf FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON audit.event FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON audit.gap FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');

-- The daily map counts everybody's events, and reads of each log the first one's salt.
CREATE POLICY to_map ON audit.chain FOR SELECT
    USING (current_setting('ohc.task', true) = 'mapping');
CREATE POLICY to_map ON audit.event FOR SELECT
    USING (current_setting('ohc.task', true) = 'mapping' AND number = 1);

-- Where the chains of several residents stand, in the order asked; NULLs for one there is not. Turns
-- to each and back again, as ``write`` does; STABLE, hence one snapshot for all.
CREATE FUNCTION audit.chains(resident_ids uuid[])
RETURNS TABLE (next_number bigint, head bytea, consent_version bigint, at timestamptz)
STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    resident uuid;
    turned_to text;
    turned_back text;
BEGIN
    FOREACH resident IN ARRAY resident_ids LOOP
        turned_to := ohc.turn_to(resident);
        SELECT c.next_number, c.head, c.consent_version, clock_timestamp()
          INTO next_number, head, consent_version, at
          FROM audit.chain c
         WHERE c.resident_id = resident;
        RETURN NEXT;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- Adds an event as the next of its chain, if that chain is still as it was read and nobody else
-- holds it: three rows by primary key, one shard. Turns to the resident and back again, so that one
-- statement can call it for several; within a transaction of one resident it refuses any other.
CREATE FUNCTION audit.write(
    uuid, bigint, timestamptz, text, text, text, text, text, uuid, uuid, bytea, bytea, bytea,
    bytea, bigint, bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    turned_to CONSTANT text := ohc.turn_to($1);
    added boolean;
    turned_back text;
BEGIN
    UPDATE audit.chain
       SET next_number = $2 + 1, head = $14, consent_version = $16
     WHERE resident_id = (
            SELECT c.resident_id FROM audit.chain c
             WHERE c.resident_id = $1 AND c.next_number = $2 AND c.consent_version = $15
               FOR UPDATE SKIP LOCKED);
    added := FOUND;
    IF added THEN
        INSERT INTO audit.event (resident_id, number, recorded_at, action, outcome, purpose, scene,
                                 agent_kind, agent_id, institution_id, detail, salt, commitment,
                                 link)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);
        INSERT INTO audit.pending (resident_id, number, commitment) VALUES ($1, $2, $13);
    END IF;
    turned_back := set_config('ohc.resident_id', turned_to, true);
    RETURN added;
END
$$;
