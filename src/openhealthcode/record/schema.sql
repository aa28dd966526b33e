-- record: the lifelong entries of each resident, encrypted; a version never changes once filed.
-- In clear: resource type, clinical day, who filed it and when. Everything else is sealed or a
-- token under the resident's own key, which means nothing beside another resident's. Only the
-- label of what an entry betrays is ever widened, when something it refers to turns out closed.
-- A deletion is one more version that says so: it is never current, so an entry whose newest version
-- is a deletion has no current one and is found by nobody who asks for what is there now. What was
-- filed before it stays until its time is over.
-- Distribution column (Citus): resident_id.
CREATE SCHEMA record;

GRANT USAGE ON SCHEMA record TO ohc_app;

CREATE TABLE record.entry (
    resident_id        uuid         NOT NULL,  -- operational
    entry_id           uuid         NOT NULL,  -- operational
    version            integer      NOT NULL CHECK (version >= 1),  -- operational
    is_current         boolean      NOT NULL,  -- operational
    is_deletion        boolean      NOT NULL,  -- operational
    type               text         NOT NULL,  -- operational
    day                date         NOT NULL,  -- health; '-infinity' when unknown
    category_token     bytea        NOT NULL CHECK (octet_length(category_token) = 8),     -- health
    sensitivity_token  bytea        NOT NULL CHECK (octet_length(sensitivity_token) = 8),  -- health
    institution_id     uuid         NOT NULL,  -- operational
    filed_number       bigint       NOT NULL CHECK (filed_number >= 0),  -- operational
    filed_at           timestamptz  NOT NULL,  -- operational
    source_token       bytea        NOT NULL CHECK (octet_length(source_token) = 8),   -- operational
    content_token      bytea        NOT NULL CHECK (octet_length(content_token) = 8),  -- health
    tokens             bytea[]      NOT NULL,  -- health; search keys, and names and references
    digest             bytea        NOT NULL CHECK (octet_length(digest) = 32),  -- health
    body               bytea        NOT NULL,  -- health
    origin             bytea        NOT NULL,  -- operational; sealed: who brought it, out of what
    PRIMARY KEY (resident_id, entry_id, version),
    CONSTRAINT a_deletion_is_not_there CHECK (NOT (is_current AND is_deletion))
);

-- Ciphertext does not compress; do not try.
ALTER TABLE record.entry ALTER COLUMN body SET STORAGE EXTERNAL;

-- The timeline, newest first, and every search inside one resident (at most a few thousand rows).
CREATE INDEX entry_newest ON record.entry (resident_id, day DESC, entry_id DESC)
    WHERE is_current;

-- What a sender sends again is found by the sender's own identifier.
CREATE UNIQUE INDEX entry_source ON record.entry (resident_id, source_token) WHERE is_current;

ALTER TABLE record.entry ENABLE ROW LEVEL SECURITY;

ALTER TABLE record.entry FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON record.entry
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

-- ``ohc verify`` checks that each version names the event that filed it; it reads no body.
-- (Policies are tried by name; the one that holds for nearly every row comes first.)
CREATE POLICY to_verify ON record.entry FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

-- A version goes only when its time is over, in a transaction opened for that.
CREATE POLICY only_when_over ON record.entry AS RESTRICTIVE FOR DELETE
    USING (current_setting('ohc.task', true) = 'retention');

GRANT SELECT, INSERT, UPDATE (is_current, sensitivity_token), DELETE ON record.entry TO ohc_app;

-- Adds one new entry together with its event, if the chain is still as it was read: four rows by
-- primary key, one shard. The first sixteen parameters are those of ``audit.write``, which turns to
-- the resident; the seventeenth is the seal of the sensitive map the entry was read by. Once the chain
-- is held, the map that holds is looked at: another one refuses the whole, so that nothing is labelled
-- by a map that was replaced before. Called for several in one statement.
CREATE FUNCTION record.add(
    uuid, bigint, timestamptz, text, text, text, text, text, uuid, uuid, bytea, bytea, bytea,
    bytea, bigint, bigint,
    bytea, uuid, text, date, bytea, bytea, uuid, bytea, bytea, bytea[], bytea, bytea, bytea
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    turned_to CONSTANT text := ohc.turn_to($1);
    added CONSTANT boolean :=
        audit.write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);
    turned_back text;
BEGIN
    IF added THEN
        IF $17 IS DISTINCT FROM coalesce((SELECT m.seal FROM terminology.edition m
                                           WHERE m.state = 'approved'
                                           ORDER BY m.number DESC LIMIT 1), '') THEN
            RAISE EXCEPTION 'another map is in force' USING ERRCODE = 'serialization_failure';
        END IF;
        INSERT INTO record.entry
            (resident_id, entry_id, version, is_current, is_deletion, type, day, category_token,
             sensitivity_token, institution_id, filed_number, filed_at, source_token,
             content_token, tokens, digest, body, origin)
        VALUES ($1, $18, 1, true, false, $19, $20, $21, $22, $23, $2, $3, $24, $25, $26, $27, $28, $29);
    END IF;
    turned_back := set_config('ohc.resident_id', turned_to, true);
    RETURN added;
END
$$;
