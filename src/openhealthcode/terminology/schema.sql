-- terminology: the editions of the sensitive map that reviewers make of the one the release brings.
-- A few rows, all of them for everybody to read; nothing of residents, hence no row-level security.
-- Distribution (Citus): reference table.
CREATE SCHEMA terminology;

GRANT USAGE ON SCHEMA terminology TO ohc_app;

-- `seal` is keyed over number, document and both persons: a row put in or altered by anybody else is
-- not taken for the map. Who wrote an edition cannot approve it.
CREATE TABLE terminology.edition (
    number       integer      PRIMARY KEY CHECK (number >= 1),          -- public
    base         text         NOT NULL CHECK (base <> ''),              -- public
    state        text         NOT NULL CHECK (state IN ('draft', 'proposed', 'approved', 'refused', 'given-up')),  -- public
    document     text         NOT NULL,                                 -- public
    reason       text         NOT NULL,                                 -- public
    author_id    uuid         NOT NULL,                                 -- operational
    author       text         NOT NULL CHECK (author <> ''),            -- public
    begun_at     timestamptz  NOT NULL,                                 -- public
    proposed_at  timestamptz,                                           -- public
    decider_id   uuid         CHECK (decider_id <> author_id),          -- operational
    decider      text,                                                  -- public
    decided_at   timestamptz,                                           -- public
    seal         bytea        CHECK (octet_length(seal) = 32),          -- operational
    CONSTRAINT only_what_is_proposed_is_decided CHECK (
        (state IN ('approved', 'refused')) = (decider_id IS NOT NULL)
        AND (decider_id IS NULL) = (decided_at IS NULL)
        AND (decider_id IS NULL) = (decider IS NULL)
        AND (decider_id IS NULL OR proposed_at IS NOT NULL)),
    CONSTRAINT what_is_approved_is_sealed CHECK ((state = 'approved') = (seal IS NOT NULL))
);

-- One at a time is worked on, so that no two change the same edition in different ways.
CREATE UNIQUE INDEX edition_in_work ON terminology.edition ((true))
    WHERE state IN ('draft', 'proposed');

-- Asked by every filing.
CREATE INDEX edition_in_force ON terminology.edition (number) WHERE state = 'approved';

GRANT SELECT, INSERT ON terminology.edition TO ohc_app;

GRANT UPDATE (state, document, reason, proposed_at, decider_id, decider, decided_at, seal)
    ON terminology.edition TO ohc_app;
