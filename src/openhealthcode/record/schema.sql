-- record: the lifelong entries of each resident, encrypted; a version never changes once filed.
-- In clear: resource type, clinical day, who filed it and when. Everything else is sealed or a
-- token under the resident's own key, which means nothing beside another resident's. Only the
-- label of what an entry betrays is ever widened, when something it refers to turns out closed.
-- Distribution column (Citus): resident_id.
CREATE SCHEMA record;

GRANT USAGE ON SCHEMA record TO ohc_app;

CREATE TABLE record.entry (
    resident_id        uuid         NOT NULL,  -- operational
    entry_id           uuid         NOT NULL,  -- operational
    version            integer      NOT NULL CHECK (version >= 1),  -- operational
    is_current         boolean      NOT NULL,  -- operational
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
    PRIMARY KEY (resident_id, entry_id, version)
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
