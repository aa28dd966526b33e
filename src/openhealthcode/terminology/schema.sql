-- terminology: the editions of the sensitive map that reviewers make of the one the release brings,
-- and the code systems an operator loads. All for everybody to read; nothing of residents, hence no
-- row-level security.
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

-- Pairs of medicines that harm each other, as a region loaded them in the place of the release's own;
-- a code is ATC's and stands for everything below it. Reference tables (Citus), public.
CREATE TABLE terminology.interaction (
    one       text  NOT NULL,  -- public
    other     text  NOT NULL,  -- public
    severity  text  NOT NULL CHECK (severity IN ('high', 'moderate', 'low')),  -- public
    says_zh   text  NOT NULL,  -- public
    says_en   text  NOT NULL,  -- public
    source    text  NOT NULL,  -- public
    PRIMARY KEY (one, other)
);

CREATE INDEX interaction_other ON terminology.interaction (other);

-- Which table that is; no row while the release's own is in force.
CREATE TABLE terminology.interaction_edition (
    the_one    boolean      PRIMARY KEY CHECK (the_one),  -- operational
    edition    text         NOT NULL CHECK (edition <> ''),  -- public
    pairs      integer      NOT NULL CHECK (pairs > 0),  -- public
    loaded_at  timestamptz  NOT NULL  -- public
);

GRANT SELECT, INSERT, DELETE ON terminology.interaction, terminology.interaction_edition TO ohc_app;

-- The code systems an operator loaded under licences of their own (LOINC, SNOMED CT, ICD-10 of the
-- country, lists of drugs): whole in one transaction or not at all, every version kept.
CREATE TABLE terminology.code_system (
    number     integer      PRIMARY KEY CHECK (number >= 1),  -- public
    url        text         NOT NULL CHECK (url <> ''),       -- public
    version    text         NOT NULL CHECK (version <> ''),   -- public
    name       text         NOT NULL CHECK (name <> ''),      -- public
    chinese    text         NOT NULL,                         -- public
    english    text         NOT NULL,                         -- public
    source     text         NOT NULL,                         -- public
    concepts   integer      NOT NULL CHECK (concepts >= 0),   -- public
    loaded_at  timestamptz  NOT NULL,                         -- public
    CONSTRAINT a_version_is_loaded_once UNIQUE (url, version)
);

-- `words` are the words a concept is found by, cut by the program (concepts/wording.py).
CREATE TABLE terminology.concept (
    number     integer   NOT NULL,                -- public
    code       text      NOT NULL CHECK (code <> ''),  -- public
    chinese    text      NOT NULL,                -- public
    english    text      NOT NULL,                -- public
    is_active  boolean   NOT NULL,                -- public
    words      tsvector  NOT NULL,                -- public
    PRIMARY KEY (number, code)
);

CREATE INDEX concept_words ON terminology.concept USING gin (words);

-- What a concept is a kind of.
CREATE TABLE terminology.concept_parent (
    number  integer  NOT NULL,  -- public
    code    text     NOT NULL,  -- public
    parent  text     NOT NULL,  -- public
    PRIMARY KEY (number, code, parent)
);

CREATE INDEX concept_children ON terminology.concept_parent (number, parent);

GRANT SELECT, INSERT ON terminology.code_system, terminology.concept, terminology.concept_parent
    TO ohc_app;

GRANT UPDATE (concepts) ON terminology.code_system TO ohc_app;
