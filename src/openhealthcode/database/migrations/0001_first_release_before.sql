-- The first release: every domain's schema as it was then. Never edited; what follows is a new file.

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


-- trust: the lists of issuers that were published or taken over here, and the lists of revoked codes.
-- Public all of it, hence no row-level security; nothing is believed for lying here: every reader
-- checks the signatures. Distribution (Citus): reference tables.
CREATE SCHEMA trust;

GRANT USAGE ON SCHEMA trust TO ohc_app;

-- Every list an authority published, as its bytes; the newest counts.
CREATE TABLE trust.published_list (
    authority     text         NOT NULL CHECK (authority <> ''),  -- public
    number        bigint       NOT NULL CHECK (number >= 1),      -- public
    document      bytea        NOT NULL,                          -- public
    published_at  timestamptz  NOT NULL,                          -- public
    PRIMARY KEY (authority, number)
);

-- The newest list of revoked codes of each issuer's key; `digest` is of the bits in it.
CREATE TABLE trust.status_list (
    key_id     bytea        NOT NULL CHECK (octet_length(key_id) = 4),  -- public
    region     integer      NOT NULL,                                   -- public
    issued_at  timestamptz  NOT NULL,                                   -- public
    digest     bytea        NOT NULL CHECK (octet_length(digest) = 32), -- public
    cwt        bytea        NOT NULL,                                   -- public
    jwt        text         NOT NULL,                                   -- public
    PRIMARY KEY (region, key_id)
);

GRANT SELECT, INSERT ON trust.published_list TO ohc_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON trust.status_list TO ohc_app;


-- registry: institutions, their practitioners and their systems.
-- Small, read by every process and changed rarely; nothing of residents, hence no row-level security.
-- Distribution (Citus): reference tables.
CREATE SCHEMA registry;

GRANT USAGE ON SCHEMA registry TO ohc_app;

CREATE TABLE registry.institution (
    institution_id  uuid         PRIMARY KEY,                                -- public
    source_key      text         NOT NULL UNIQUE CHECK (source_key <> ''),   -- public
    kind            text         NOT NULL,                                   -- public
    name            text         NOT NULL CHECK (name <> ''),                -- public
    name_en         text         NOT NULL,                                   -- public
    division_code   text         NOT NULL CHECK (division_code ~ '^(\d{6})?$'),  -- public
    credit_code     text,                                                    -- public
    registered_at   timestamptz  NOT NULL,                                   -- operational
    suspended_at    timestamptz                                              -- operational
);

CREATE TABLE registry.practitioner (
    practitioner_id  uuid         PRIMARY KEY,                               -- operational
    source_key       text         NOT NULL UNIQUE CHECK (source_key <> ''),  -- operational
    institution_id   uuid         NOT NULL REFERENCES registry.institution,  -- operational
    name             text         NOT NULL CHECK (name <> ''),               -- operational
    name_en          text         NOT NULL,                                  -- operational
    staff_number     text         NOT NULL,                                  -- operational
    role             text         NOT NULL,                                  -- operational
    department       text         NOT NULL,                                  -- operational
    title            text         NOT NULL,                                  -- operational
    registered_at    timestamptz  NOT NULL,                                  -- operational
    suspended_at     timestamptz                                             -- operational
);

CREATE UNIQUE INDEX staff_number_is_unique_within_an_institution
    ON registry.practitioner (institution_id, staff_number) WHERE staff_number <> '';

CREATE TABLE registry.system (
    system_id       uuid         PRIMARY KEY,                               -- operational
    source_key      text         NOT NULL UNIQUE CHECK (source_key <> ''),  -- operational
    institution_id  uuid         NOT NULL REFERENCES registry.institution,  -- operational
    name            text         NOT NULL CHECK (name <> ''),               -- operational
    jwks            jsonb        NOT NULL,                                  -- public
    scopes          text[]       NOT NULL,                                  -- operational
    registered_at   timestamptz  NOT NULL,                                  -- operational
    suspended_at    timestamptz                                             -- operational
);

-- Terminals that ask for uses of a code by themselves, each certified for some of them until a day.
CREATE TABLE registry.terminal (
    terminal_id      uuid         PRIMARY KEY,                               -- operational
    source_key       text         NOT NULL UNIQUE CHECK (source_key <> ''),  -- operational
    institution_id   uuid         NOT NULL REFERENCES registry.institution,  -- operational
    name             text         NOT NULL CHECK (name <> ''),               -- operational
    jwk              jsonb        NOT NULL,                                  -- public
    roles            text[]       NOT NULL CHECK (roles <@ ARRAY['treat', 'settle', 'pay', 'emergency']),  -- operational
    certified_until  timestamptz  NOT NULL,                                  -- operational
    registered_at    timestamptz  NOT NULL,                                  -- operational
    suspended_at     timestamptz                                             -- operational
);

-- Insurers and payment services whose uses a resident can switch on. Their own keys and storage are theirs.
CREATE TABLE registry.partner (
    partner_id      uuid         PRIMARY KEY,                                -- public
    source_key      text         NOT NULL UNIQUE CHECK (source_key <> ''),   -- operational
    use             text         NOT NULL CHECK (use IN ('settle', 'pay')),  -- public
    joining         text         NOT NULL CHECK (joining IN ('fusion', 'binding', 'switching')),  -- public
    name            text         NOT NULL CHECK (name <> ''),                -- public
    name_en         text         NOT NULL,                                   -- public
    address         text         NOT NULL,                                   -- operational
    public_key      bytea        NOT NULL CHECK (octet_length(public_key) = 32),  -- public
    voucher_prefix  text         NOT NULL,                                   -- public
    voucher_length  integer      NOT NULL CHECK (voucher_length >= 0),       -- public
    registered_at   timestamptz  NOT NULL,                                   -- operational
    suspended_at    timestamptz                                              -- operational
);

-- Other regions' installations: where they are reached. Whose they are the trust list says.
CREATE TABLE registry.region (
    division       integer      PRIMARY KEY CHECK (division BETWEEN 1 AND 999999),  -- public
    number         integer      NOT NULL UNIQUE CHECK (number BETWEEN 0 AND 2047),  -- public
    name           text         NOT NULL CHECK (name <> ''),                        -- public
    name_en        text         NOT NULL,                                           -- public
    address        text         NOT NULL,                                           -- operational
    registered_at  timestamptz  NOT NULL,                                           -- operational
    suspended_at   timestamptz                                                      -- operational
);

-- What other handlers and we agreed about handing over; an edition is proposed by one and signed by
-- another, and only ever suspended afterwards.
CREATE TABLE registry.agreement (
    agreement_id       uuid         PRIMARY KEY,                                  -- public
    party              text         NOT NULL CHECK (party ~ '^(institution|partner|region):'),  -- public
    title              text         NOT NULL CHECK (title <> ''),                 -- public
    purposes           text[]       NOT NULL,                                     -- public
    categories         text[]       NOT NULL,                                     -- public
    channels           text[]       NOT NULL,                                     -- public
    legal_basis        text         NOT NULL CHECK (legal_basis <> ''),           -- public
    impact_assessment  text         NOT NULL CHECK (impact_assessment <> ''),     -- operational
    sub_processors     text[]       NOT NULL,                                     -- public
    starts_on          date         NOT NULL,                                     -- public
    ends_on            date         NOT NULL,                                     -- public
    proposed_by        uuid         NOT NULL,                                     -- operational
    proposed_at        timestamptz  NOT NULL,                                     -- operational
    signed_by          uuid,                                                      -- operational
    signed_at          timestamptz,                                               -- operational
    suspended_by       uuid,                                                      -- operational
    suspended_at       timestamptz,                                               -- operational
    CONSTRAINT a_term_is_not_empty CHECK (starts_on < ends_on),
    CONSTRAINT two_sign CHECK (signed_by IS NULL OR signed_by <> proposed_by),
    CONSTRAINT a_signature_has_its_time CHECK ((signed_by IS NULL) = (signed_at IS NULL)),
    CONSTRAINT a_suspension_has_its_time CHECK ((suspended_by IS NULL) = (suspended_at IS NULL))
);

-- How often something left for a party on a day; nothing of whom it was about.
CREATE TABLE registry.transfer_count (
    party    text         NOT NULL,                     -- public
    channel  text         NOT NULL,                     -- public
    on_day   date         NOT NULL,                     -- public
    times    bigint       NOT NULL CHECK (times > 0),   -- operational
    last_at  timestamptz  NOT NULL,                     -- operational
    PRIMARY KEY (party, channel, on_day)
);

GRANT SELECT, INSERT ON registry.agreement TO ohc_app;
GRANT UPDATE (signed_by, signed_at, suspended_by, suspended_at) ON registry.agreement TO ohc_app;
GRANT SELECT, INSERT, UPDATE ON registry.transfer_count TO ohc_app;

GRANT SELECT, INSERT, UPDATE ON registry.institution, registry.practitioner, registry.system,
    registry.terminal, registry.partner, registry.region TO ohc_app;


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


-- identity: residents, what was received about them, and the certificates that find them.
-- Distribution columns (Citus): resident_id; identifier by identifier_key, so that one certificate is
-- unique across all shards. Names, numbers, phones and addresses exist sealed only.
CREATE SCHEMA identity;

GRANT USAGE ON SCHEMA identity TO ohc_app;

CREATE TABLE identity.resident (
    resident_id   uuid         NOT NULL,                                     -- operational
    national_key  bytea        CHECK (octet_length(national_key) = 32),      -- identity
    enrolled_at   timestamptz  NOT NULL,                                     -- operational
    PRIMARY KEY (resident_id)
);

-- As received; never changed. Receiving the same again from the same source is the same record; what
-- puts right who somebody is goes before all that was received, and is one of its own each time.
CREATE TABLE identity.identity_record (
    resident_id     uuid         NOT NULL,                                        -- operational
    record_key      bytea        NOT NULL CHECK (octet_length(record_key) = 32),  -- identity
    institution_id  uuid,                                                         -- operational
    verification    text         NOT NULL CHECK (verification IN ('asserted', 'seen', 'checked')),  -- operational
    received_at     timestamptz  NOT NULL,                                        -- operational
    is_correction   boolean      NOT NULL DEFAULT false,                          -- operational
    sealed          bytea        NOT NULL,                                        -- identity
    PRIMARY KEY (resident_id, record_key)
);

-- name_key, birth_key and sex_key are hashed together with the certificate: equal names do not show.
-- What another superseded still finds its resident and proves nothing; what was whose before stays in
-- identity_record and in the log.
CREATE TABLE identity.identifier (
    identifier_key  bytea        NOT NULL CHECK (octet_length(identifier_key) = 32),  -- identity
    resident_id     uuid         NOT NULL,                                            -- operational
    name_key        bytea        NOT NULL CHECK (octet_length(name_key) = 32),        -- identity
    birth_key       bytea        CHECK (octet_length(birth_key) = 32),                -- identity
    sex_key         bytea        CHECK (octet_length(sex_key) = 32),                  -- identity
    sealed          bytea        NOT NULL,                                            -- identity
    verification    text         NOT NULL CHECK (verification IN ('asserted', 'seen', 'checked')),  -- operational
    is_active       boolean      NOT NULL,                                            -- operational
    added_at        timestamptz  NOT NULL,                                            -- operational
    valid_until     date,                                                             -- operational
    superseded_at   timestamptz,                                                      -- operational
    superseded_by   bytea        CHECK (octet_length(superseded_by) = 32),            -- identity
    PRIMARY KEY (identifier_key, resident_id),
    CONSTRAINT superseded_or_active CHECK (is_active = (superseded_at IS NULL)),
    CONSTRAINT superseded_by_something CHECK ((superseded_at IS NULL) = (superseded_by IS NULL))
);

CREATE UNIQUE INDEX one_resident_per_active_certificate
    ON identity.identifier (identifier_key) WHERE is_active;

-- Certificates whose holder had the account closed: nobody but the holder opens another. The key is
-- made for this alone, so that it leads to no row of any other table, nor of an old backup of one.
CREATE TABLE identity.closed_certificate (
    closed_key  bytea  NOT NULL CHECK (octet_length(closed_key) = 32),             -- identity
    closed_on   date   NOT NULL,                                                   -- operational
    PRIMARY KEY (closed_key)
);

-- Kept with the first of the residents concerned; the registration is sealed under that one's key.
-- Kind: a registration that was set aside, or two residents who may be one person (then reason is the
-- rule of the matching engine, and there is a score).
CREATE TABLE identity.review_item (
    resident_id      uuid         NOT NULL,                                        -- operational
    review_key       bytea        NOT NULL CHECK (octet_length(review_key) = 32),  -- identity
    kind             text         NOT NULL DEFAULT 'set-aside'
                                  CHECK (kind IN ('set-aside', 'possible-duplicate')),  -- operational
    reason           text         NOT NULL,                                        -- operational
    bits             real,                                                         -- operational
    model_version    text,                                                         -- operational
    other_residents  uuid[]       NOT NULL,                                        -- operational
    institution_id   uuid,                                                         -- operational
    opened_at        timestamptz  NOT NULL,                                        -- operational
    sealed           bytea        NOT NULL,                                        -- identity
    PRIMARY KEY (resident_id, review_key)
);

CREATE TABLE identity.phone (
    resident_id  uuid         NOT NULL,                                       -- operational
    phone_key    bytea        NOT NULL CHECK (octet_length(phone_key) = 32),  -- identity
    bound_at     timestamptz  NOT NULL,                                       -- operational
    bound_by     uuid,                     -- the clerk; null: by a loaded register  -- operational
    unbound_at   timestamptz,                                                 -- operational
    sealed       bytea        NOT NULL,                                       -- identity
    PRIMARY KEY (resident_id, phone_key, bound_at),
    CONSTRAINT bound_before_unbound CHECK (bound_at <= unbound_at)
);

CREATE UNIQUE INDEX a_phone_is_bound_once
    ON identity.phone (resident_id, phone_key) WHERE unbound_at IS NULL;

-- Whom the resident wants told when an override opened their record: number and relation, sealed.
CREATE TABLE identity.emergency_contact (
    resident_id  uuid         NOT NULL,                                       -- operational
    contact_id   uuid         NOT NULL,                                       -- operational
    named_at     timestamptz  NOT NULL,                                       -- operational
    sealed       bytea        NOT NULL,                                       -- identity
    PRIMARY KEY (resident_id, contact_id)
);

ALTER TABLE identity.resident ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.resident FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.identity_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.identity_record FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.identifier ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.identifier FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.closed_certificate ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.closed_certificate FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.review_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.review_item FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.phone ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.phone FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.emergency_contact ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.emergency_contact FORCE ROW LEVEL SECURITY;

CREATE POLICY by_resident ON identity.resident TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_resident ON identity.identity_record TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_key ON identity.identifier TO ohc_app
    USING (encode(identifier_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

-- Many new residents at once: rows are added for each, and nothing is read.
CREATE POLICY to_register ON identity.resident FOR INSERT TO ohc_app
    WITH CHECK (current_setting('ohc.task', true) = 'registration');
CREATE POLICY to_register ON identity.identity_record FOR INSERT TO ohc_app
    WITH CHECK (current_setting('ohc.task', true) = 'registration');
CREATE POLICY to_register ON identity.identifier FOR INSERT TO ohc_app
    WITH CHECK (current_setting('ohc.task', true) = 'registration');

CREATE POLICY by_key ON identity.closed_certificate TO ohc_app
    USING (encode(closed_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY by_resident ON identity.review_item TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_resident ON identity.phone TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_resident ON identity.emergency_contact TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

GRANT SELECT, INSERT, DELETE ON identity.emergency_contact, identity.closed_certificate TO ohc_app;
GRANT SELECT, INSERT ON identity.resident, identity.identity_record, identity.identifier,
                        identity.review_item, identity.phone TO ohc_app;
GRANT UPDATE (national_key) ON identity.resident TO ohc_app;
GRANT UPDATE (name_key, birth_key, sex_key, verification, valid_until, is_active, superseded_at,
              superseded_by)
    ON identity.identifier TO ohc_app;
GRANT DELETE ON identity.identifier TO ohc_app;
GRANT UPDATE (unbound_at) ON identity.phone TO ohc_app;

-- Marks of residents who do not exist: whoever asks for one is trying out identities. On Citus: on
-- the coordinator. Names nobody and is seen by any context.
CREATE TABLE identity.canary (
    canary_key  bytea  NOT NULL CHECK (octet_length(canary_key) = 32),             -- operational
    PRIMARY KEY (canary_key)
);

GRANT SELECT, INSERT ON identity.canary TO ohc_app;

-- identity.linking: which ids are one person. Rows are added and never changed; the newest counts.
-- What concerns two residents is written with both, each under that one's key.

-- Whose id this one is, from an event of its own log on: the ids of the person, 16 bytes each, the
-- surviving one first, and a keyed seal over them, so that a row written by anybody else joins nobody.
CREATE TABLE identity.link (
    resident_id   uuid         NOT NULL,                                      -- operational
    event_number  bigint       NOT NULL,                                      -- operational
    merge_id      uuid         NOT NULL,                                      -- operational
    decided_at    timestamptz  NOT NULL,                                      -- operational
    members       bytea        NOT NULL CHECK (octet_length(members) >= 48),  -- identity
    PRIMARY KEY (resident_id, event_number)
);

-- A decision that two entries are one person, and its undoing; reason and evidence are sealed.
CREATE TABLE identity.merge_event (
    resident_id     uuid         NOT NULL,                                        -- operational
    merge_id        uuid         NOT NULL,                                        -- operational
    kind            text         NOT NULL CHECK (kind IN ('merge', 'unmerge')),   -- operational
    survivor_id     uuid         NOT NULL,                                        -- identity
    other_id        uuid         NOT NULL,                                        -- identity
    event_number    bigint       NOT NULL,                                        -- operational
    decided_at      timestamptz  NOT NULL,                                        -- operational
    clerk_id        uuid         NOT NULL,                                        -- operational
    institution_id  uuid,                                                         -- operational
    sealed          bytea        NOT NULL,                                        -- identity
    PRIMARY KEY (resident_id, merge_id, kind),
    CONSTRAINT nobody_merges_with_themselves CHECK (survivor_id <> other_id)
);

-- A decision that two entries are two people, or (holds false) that this is no longer said.
CREATE TABLE identity.not_same (
    resident_id     uuid         NOT NULL,                                        -- operational
    other_id        uuid         NOT NULL,                                        -- identity
    event_number    bigint       NOT NULL,                                        -- operational
    holds           boolean      NOT NULL,                                        -- operational
    decided_at      timestamptz  NOT NULL,                                        -- operational
    clerk_id        uuid         NOT NULL,                                        -- operational
    institution_id  uuid,                                                         -- operational
    sealed          bytea        NOT NULL,                                        -- identity
    PRIMARY KEY (resident_id, other_id, event_number),
    CONSTRAINT nobody_is_not_themselves CHECK (resident_id <> other_id)
);

-- Mother, child, guardian, ward, household: no identity, and nothing is opened by it.
CREATE TABLE identity.relation (
    resident_id   uuid         NOT NULL,                                          -- operational
    other_id      uuid         NOT NULL,                                          -- identity
    kind          text         NOT NULL CHECK (kind IN ('mother', 'child', 'guardian', 'ward',
                                                        'household')),            -- identity
    event_number  bigint       NOT NULL,                                          -- operational
    holds         boolean      NOT NULL,                                          -- operational
    noted_at      timestamptz  NOT NULL,                                          -- operational
    PRIMARY KEY (resident_id, other_id, kind, event_number),
    CONSTRAINT nobody_relates_to_themselves CHECK (resident_id <> other_id)
);

ALTER TABLE identity.link ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.link FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.merge_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.merge_event FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.not_same ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.not_same FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.relation ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.relation FORCE ROW LEVEL SECURITY;

CREATE POLICY by_resident ON identity.link TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_resident ON identity.merge_event TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_resident ON identity.not_same TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_resident ON identity.relation TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

GRANT SELECT, INSERT ON identity.link, identity.merge_event, identity.not_same, identity.relation
    TO ohc_app;

-- identity.quality: what was doubtful about registrations. A row names an institution and rules, never
-- a resident or a value. Distribution column (Citus): institution_id.

-- A queue: within minutes a note is counted into the tally and gone, so that it cannot be laid beside
-- what was registered at the same moment; added, never changed, so that nobody waits for a counter.
CREATE TABLE identity.quality_note (
    institution_id  uuid         NOT NULL,  -- operational
    note_id         uuid         NOT NULL,  -- operational
    noted_at        timestamptz  NOT NULL,  -- operational
    rules           text[]       NOT NULL,  -- operational
    PRIMARY KEY (institution_id, note_id)
);

-- The same counted by month; the rule ``received`` counts all registrations.
CREATE TABLE identity.quality_tally (
    institution_id  uuid    NOT NULL,  -- operational
    month           date    NOT NULL CHECK (extract(day FROM month) = 1),  -- operational
    rule            text    NOT NULL,  -- operational
    count           bigint  NOT NULL CHECK (count > 0),  -- operational
    PRIMARY KEY (institution_id, month, rule)
);

GRANT SELECT, INSERT, DELETE ON identity.quality_note TO ohc_app;
GRANT SELECT, INSERT, UPDATE ON identity.quality_tally TO ohc_app;

-- identity.review: how a registrar answered what waits. Rows are added and never changed; the latest
-- counts. Kept with the case; the task "review" makes the queue of the region and sees no sealed text
-- it could open.
CREATE TABLE identity.review_answer (
    resident_id     uuid         NOT NULL,                                        -- operational
    review_key      bytea        NOT NULL CHECK (octet_length(review_key) = 32),  -- identity
    answered_at     timestamptz  NOT NULL,                                        -- operational
    answer          text         NOT NULL
                                 CHECK (answer IN ('merged', 'not-same', 'accepted', 'dismissed', 'reopened')),  -- operational
    answered_by     uuid         NOT NULL,                                        -- operational
    institution_id  uuid         NOT NULL,                                        -- operational
    merge_id        uuid,                                                         -- operational
    worked_seconds  integer      CHECK (worked_seconds >= 0),                     -- operational
    PRIMARY KEY (resident_id, review_key, answered_at),
    CONSTRAINT a_merge_is_named CHECK ((answer = 'merged') = (merge_id IS NOT NULL))
);

CREATE INDEX latest_answers ON identity.review_answer (institution_id, answered_at);

ALTER TABLE identity.review_answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.review_answer FORCE ROW LEVEL SECURITY;

CREATE POLICY by_resident ON identity.review_answer TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY queued ON identity.review_item FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'review');

CREATE POLICY queued ON identity.review_answer FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'review');

GRANT SELECT, INSERT ON identity.review_answer TO ohc_app;

-- identity.matching: what registrations are compared by. The keys are eight bytes of a keyed hash: they
-- show equality and frequency, nothing else. The row of comparison is sealed under the region's key, so
-- that a look-up opens a dozen residents' at once; it is deleted when an account is closed.
-- Distribution column (Citus): resident_id; a look-up by key asks every shard.
CREATE TABLE identity.variant (
    resident_id          uuid    NOT NULL,                                        -- operational
    variant_key          bigint  NOT NULL,                                        -- identity
    number_begins_key    bigint,                                                  -- identity
    number_ends_key      bigint,                                                  -- identity
    sound_birth_key      bigint,                                                  -- identity
    name_day_key         bigint,                                                  -- identity
    phone_key            bigint,                                                  -- identity
    surname_birth_key    bigint,                                                  -- identity
    given_birth_key      bigint,                                                  -- identity
    address_year_key     bigint,                                                  -- identity
    sound_community_key  bigint,                                                  -- identity
    mother_key           bigint,                                                  -- identity
    sealed               bytea   NOT NULL,                                        -- identity
    PRIMARY KEY (resident_id, variant_key)
);

CREATE INDEX variant_by_number_begins ON identity.variant (number_begins_key)
    WHERE number_begins_key IS NOT NULL;
CREATE INDEX variant_by_number_ends ON identity.variant (number_ends_key)
    WHERE number_ends_key IS NOT NULL;
CREATE INDEX variant_by_sound_birth ON identity.variant (sound_birth_key)
    WHERE sound_birth_key IS NOT NULL;
CREATE INDEX variant_by_name_day ON identity.variant (name_day_key)
    WHERE name_day_key IS NOT NULL;
CREATE INDEX variant_by_phone ON identity.variant (phone_key)
    WHERE phone_key IS NOT NULL;
CREATE INDEX variant_by_surname_birth ON identity.variant (surname_birth_key)
    WHERE surname_birth_key IS NOT NULL;
CREATE INDEX variant_by_given_birth ON identity.variant (given_birth_key)
    WHERE given_birth_key IS NOT NULL;
CREATE INDEX variant_by_address_year ON identity.variant (address_year_key)
    WHERE address_year_key IS NOT NULL;
CREATE INDEX variant_by_sound_community ON identity.variant (sound_community_key)
    WHERE sound_community_key IS NOT NULL;
CREATE INDEX variant_by_mother ON identity.variant (mother_key)
    WHERE mother_key IS NOT NULL;

ALTER TABLE identity.variant ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.variant FORCE ROW LEVEL SECURITY;

CREATE POLICY by_resident ON identity.variant TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY to_register ON identity.variant FOR INSERT TO ohc_app
    WITH CHECK (current_setting('ohc.task', true) = 'registration');

CREATE POLICY matched ON identity.variant FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'matching');

-- Whose id a candidate's is by now: a matched entry may have been merged into another.
CREATE POLICY matched ON identity.link FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'matching');

GRANT SELECT, INSERT, DELETE ON identity.variant TO ohc_app;

-- Everybody who shares a key or a certificate with a registration: block (0 by certificate, else the
-- place of the key), the row of comparison, and the newest word on whose id it is. Ten index probes and
-- one per certificate, in one statement, which sees the rows of these keys alone; before and after, the
-- transaction sees what it saw. A key that more than $3 rows share answers one row too many and says
-- too little. $4: held until the transaction ends, so that two who register one person at one moment
-- find each other, not nobody.
CREATE FUNCTION identity.candidates(keys bigint[], certificates bytea[], most integer, held bigint)
RETURNS TABLE (block integer, resident_id uuid, variant_key bigint, sealed bytea, members bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    task_before CONSTANT text := coalesce(current_setting('ohc.task', true), '');
    lookup_before CONSTANT text := coalesce(current_setting('ohc.lookup', true), '');
    turned text := set_config('ohc.task', 'matching', true);
BEGIN
    IF held IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(held);
    END IF;
    turned := set_config('ohc.lookup',
        coalesce((SELECT string_agg(encode(named, 'hex'), ',') FROM unnest(certificates) AS named), ''),
        true);
    RETURN QUERY
    SELECT found.block, found.resident_id, found.variant_key, found.sealed, linked.members
      FROM (
        (SELECT 0 AS block, v.resident_id, v.variant_key, v.sealed
           FROM identity.identifier i JOIN identity.variant v ON v.resident_id = i.resident_id
          WHERE i.identifier_key = ANY (certificates) LIMIT most)
        UNION ALL
        (SELECT 1, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.number_begins_key = keys[1] LIMIT most + 1)
        UNION ALL
        (SELECT 2, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.number_ends_key = keys[2] LIMIT most + 1)
        UNION ALL
        (SELECT 3, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.sound_birth_key = keys[3] LIMIT most + 1)
        UNION ALL
        (SELECT 4, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.name_day_key = keys[4] LIMIT most + 1)
        UNION ALL
        (SELECT 5, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.phone_key = keys[5] LIMIT most + 1)
        UNION ALL
        (SELECT 6, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.surname_birth_key = keys[6] LIMIT most + 1)
        UNION ALL
        (SELECT 7, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.given_birth_key = keys[7] LIMIT most + 1)
        UNION ALL
        (SELECT 8, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.address_year_key = keys[8] LIMIT most + 1)
        UNION ALL
        (SELECT 9, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.sound_community_key = keys[9] LIMIT most + 1)
        UNION ALL
        (SELECT 10, v.resident_id, v.variant_key, v.sealed FROM identity.variant v
          WHERE v.mother_key = keys[10] LIMIT most + 1)
      ) AS found
      LEFT JOIN LATERAL (SELECT l.members FROM identity.link l
                          WHERE l.resident_id = found.resident_id
                          ORDER BY l.event_number DESC LIMIT 1) AS linked ON true;
    turned := set_config('ohc.task', task_before, true);
    turned := set_config('ohc.lookup', lookup_before, true);
END
$$;

-- identity.batch: the operator's linkage reads the index from beginning to end, and writes nothing of it.
CREATE POLICY linked ON identity.variant FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'linkage');

CREATE POLICY linked ON identity.link FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'linkage');

CREATE POLICY linked ON identity.identity_record FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'linkage');

-- identity.quality: how many residents use each of these telephones, as far as $2 rows of comparison
-- tell; one index probe each, and nobody's row leaves it.
CREATE FUNCTION identity.phone_holders(phones bigint[], most integer)
RETURNS TABLE (place bigint, holders bigint)
LANGUAGE plpgsql AS $$
DECLARE
    task_before CONSTANT text := coalesce(current_setting('ohc.task', true), '');
    turned text := set_config('ohc.task', 'matching', true);
BEGIN
    RETURN QUERY
    SELECT asked.place,
           (SELECT count(DISTINCT used.resident_id)
              FROM (SELECT v.resident_id FROM identity.variant v
                     WHERE v.phone_key = asked.phone LIMIT most) AS used)
      FROM unnest(phones) WITH ORDINALITY AS asked (phone, place);
    turned := set_config('ohc.task', task_before, true);
END
$$;


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


-- representation: who may act for a resident, what residents keep from those, and registered deaths.
-- Who, by what right and in what lies sealed under the resident's identity key, tied to its row; one
-- keyed hash, of the representative's certificate and name, leads from a representative to the rows.
-- Rows change only by a revocation, or by a death found to be registered in error.
-- Distribution column (Citus): resident_id.
CREATE SCHEMA representation;

GRANT USAGE ON SCHEMA representation TO ohc_app;

CREATE TABLE representation.representation (
    resident_id         uuid         NOT NULL,                                              -- operational
    representation_id   uuid         NOT NULL,                                              -- operational
    representative_key  bytea        NOT NULL CHECK (octet_length(representative_key) = 32),  -- identity
    event_number        bigint       NOT NULL,                                              -- operational
    appointed_at        timestamptz  NOT NULL,                                              -- operational
    sealed              bytea        NOT NULL,                                              -- identity
    revoked_at          timestamptz,                                                        -- operational
    revoked_number      bigint,                                                             -- operational
    PRIMARY KEY (resident_id, representation_id),
    CONSTRAINT a_revocation_is_logged CHECK ((revoked_at IS NULL) = (revoked_number IS NULL))
);

CREATE INDEX representation_by_representative
    ON representation.representation (representative_key) WHERE revoked_at IS NULL;

-- What the resident keeps from representatives; rows are added and never changed, the newest counts.
CREATE TABLE representation.wishes (
    resident_id   uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    wished_at     timestamptz  NOT NULL,  -- operational
    sealed        bytea        NOT NULL,  -- health
    PRIMARY KEY (resident_id, event_number)
);

CREATE TABLE representation.death (
    resident_id     uuid         NOT NULL,  -- operational
    event_number    bigint       NOT NULL,  -- operational
    registered_at   timestamptz  NOT NULL,  -- operational
    sealed          bytea        NOT NULL,  -- health
    taken_back_at   timestamptz,            -- operational
    taken_back_number  bigint,              -- operational
    PRIMARY KEY (resident_id, event_number),
    CONSTRAINT taking_back_is_logged CHECK ((taken_back_at IS NULL) = (taken_back_number IS NULL))
);

-- Which institutions let their staff see records of children under 14 on approval only, and whom they
-- approved. Nothing of residents: reference tables, found by institution.
CREATE TABLE representation.approval_rule (
    institution_id  uuid         PRIMARY KEY,  -- operational
    is_required     boolean      NOT NULL,     -- operational
    set_by          uuid         NOT NULL,     -- operational
    set_at          timestamptz  NOT NULL      -- operational
);

CREATE TABLE representation.approval (
    institution_id   uuid         NOT NULL,                       -- operational
    approval_id      uuid         NOT NULL,                       -- operational
    practitioner_id  uuid         NOT NULL,                       -- operational
    approved_by      uuid         NOT NULL,                       -- operational
    reason           text         NOT NULL CHECK (reason <> ''),  -- operational
    approved_at      timestamptz  NOT NULL,                       -- operational
    end_at           timestamptz  NOT NULL,                       -- operational
    ended_at         timestamptz,                                 -- operational
    ended_by         uuid,                                        -- operational
    PRIMARY KEY (institution_id, approval_id),
    CONSTRAINT lasts_a_while CHECK (approved_at < end_at),
    CONSTRAINT nobody_approves_themselves CHECK (practitioner_id <> approved_by),
    CONSTRAINT an_end_is_attributed CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);

ALTER TABLE representation.representation ENABLE ROW LEVEL SECURITY;
ALTER TABLE representation.representation FORCE ROW LEVEL SECURITY;
ALTER TABLE representation.wishes ENABLE ROW LEVEL SECURITY;
ALTER TABLE representation.wishes FORCE ROW LEVEL SECURITY;
ALTER TABLE representation.death ENABLE ROW LEVEL SECURITY;
ALTER TABLE representation.death FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON representation.representation TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_representative ON representation.representation FOR SELECT TO ohc_app
    USING (encode(representative_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY for_verification ON representation.representation FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'verification');

CREATE POLICY of_the_resident ON representation.wishes TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON representation.wishes FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'verification');

CREATE POLICY of_the_resident ON representation.death TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON representation.death FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'verification');

GRANT SELECT, INSERT ON representation.representation, representation.wishes, representation.death
    TO ohc_app;
GRANT UPDATE (revoked_at, revoked_number) ON representation.representation TO ohc_app;
GRANT UPDATE (taken_back_at, taken_back_number) ON representation.death TO ohc_app;
GRANT SELECT, INSERT ON representation.approval_rule, representation.approval TO ohc_app;
GRANT UPDATE (is_required, set_by, set_at) ON representation.approval_rule TO ohc_app;
GRANT UPDATE (ended_at, ended_by) ON representation.approval TO ohc_app;


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


-- consent: what residents are asked, allow and refuse.
-- What a provision opens is told in tokens under the resident's own key: a copy of the tables does
-- not say which categories somebody closed. A keyed seal covers each provision, so that one written
-- or altered by anybody else opens nothing. Rows change only by an answer and by a withdrawal.
-- Distribution column (Citus): resident_id.
CREATE SCHEMA consent;

GRANT USAGE ON SCHEMA consent TO ohc_app;

CREATE TABLE consent.request (
    resident_id       uuid         NOT NULL,  -- operational
    request_id        uuid         NOT NULL,  -- operational
    presentation_id   uuid,                   -- operational
    practitioner_id   uuid,                   -- operational
    institution_id    uuid         NOT NULL,  -- operational
    purpose           text         NOT NULL,  -- operational
    scene             text         NOT NULL,  -- operational
    category_tokens   bytea[]      NOT NULL,  -- health
    lifetime_seconds  integer      NOT NULL CHECK (lifetime_seconds > 0),  -- operational
    event_number      bigint       NOT NULL,  -- operational
    asked_at          timestamptz  NOT NULL,  -- operational
    expires_at        timestamptz  NOT NULL,  -- operational
    previewed_number  bigint,                 -- operational
    previewed_version bigint,                 -- operational
    -- The same of the person's other ids, where entries were merged.
    previewed_ids     uuid[]       NOT NULL DEFAULT '{}',  -- identity
    previewed_numbers bigint[]     NOT NULL DEFAULT '{}',  -- operational
    previewed_versions bigint[]    NOT NULL DEFAULT '{}',  -- operational
    answer            text         CHECK (answer IN ('allowed', 'refused')),  -- operational
    answered_at       timestamptz,            -- operational
    consent_id        uuid,                   -- operational
    may_keep          boolean      NOT NULL DEFAULT false,  -- operational
    PRIMARY KEY (resident_id, request_id),
    CONSTRAINT somebody_there_asks_or_a_system CHECK ((presentation_id IS NULL)
                                                      = (practitioner_id IS NULL)),
    CONSTRAINT waits_for_a_while CHECK (asked_at < expires_at),
    CONSTRAINT an_answer_has_its_time CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CONSTRAINT only_allowing_makes_a_consent CHECK (consent_id IS NULL OR answer = 'allowed'),
    CONSTRAINT nobody_answers_unseen CHECK (answer IS DISTINCT FROM 'allowed'
                                            OR (previewed_number IS NOT NULL
                                                AND previewed_version IS NOT NULL))
);

-- ``notice_version`` leads the chore to consents under outdated notices; what counts is the sealed one.
-- Also what residents refuse ahead (kind 'restriction'): to an institution, or to anybody at all; and
-- what is sealed by order (kind 'seal').
-- given_as: the other id of the same person under which it was given, where it is here by a merge.
CREATE TABLE consent.consent (
    resident_id      uuid         NOT NULL,  -- operational
    consent_id       uuid         NOT NULL,  -- operational
    is_override      boolean      NOT NULL,  -- operational
    practitioner_id  uuid,                   -- operational
    institution_id   uuid,                   -- operational
    purpose          text         NOT NULL,  -- operational
    kind             text         NOT NULL DEFAULT 'visit',  -- operational
    notice           bytea,                  -- health
    notice_version   text,                   -- public
    added_to         uuid,                   -- operational
    given_as         uuid,                   -- identity
    event_number     bigint       NOT NULL,  -- operational
    granted_at       timestamptz  NOT NULL,  -- operational
    end_at           timestamptz  NOT NULL,  -- operational
    withdrawn_at     timestamptz,            -- operational
    withdrawn_number bigint,                 -- operational
    PRIMARY KEY (resident_id, consent_id),
    CONSTRAINT period_is_not_empty CHECK (granted_at < end_at),
    CONSTRAINT kind_is_known CHECK (kind IN ('visit', 'standing', 'family-doctor', 'restriction', 'seal')),
    CONSTRAINT only_refusals_are_for_anybody CHECK (institution_id IS NOT NULL
                                                    OR kind IN ('restriction', 'seal')),
    CONSTRAINT an_override_is_somebodys CHECK (practitioner_id IS NOT NULL OR NOT is_override),
    CONSTRAINT whoever_consents_was_told CHECK (notice IS NOT NULL OR is_override
                                                OR kind IN ('restriction', 'seal')),
    CONSTRAINT a_withdrawal_is_logged CHECK ((withdrawn_at IS NULL) = (withdrawn_number IS NULL))
);

CREATE INDEX consent_by_notice ON consent.consent (notice_version, end_at)
    WHERE kind IN ('standing', 'family-doctor') AND withdrawn_at IS NULL;

CREATE TABLE consent.provision (
    resident_id       uuid         NOT NULL,  -- operational
    consent_id        uuid         NOT NULL,  -- operational
    line              smallint     NOT NULL,  -- operational
    rule              text         NOT NULL CHECK (rule IN ('permit', 'deny')),  -- operational
    purpose           text         NOT NULL,  -- operational
    category_tokens   bytea[]      NOT NULL,  -- health
    sensitive_tokens  bytea[]      NOT NULL,  -- health
    institution_id    uuid,                   -- operational
    practitioner_id   uuid,                   -- operational
    from_day          date,                   -- operational
    until_day         date,                   -- operational
    up_to_number      bigint,                 -- operational
    start_at          timestamptz  NOT NULL,  -- operational
    end_at            timestamptz  NOT NULL,  -- operational
    revoked_at        timestamptz,            -- operational
    seal              bytea        NOT NULL,  -- operational
    form              smallint     NOT NULL DEFAULT 1,  -- operational
    department        bytea,                  -- health
    institution_kind  text,                   -- operational
    scenes            text[],                 -- operational
    may_keep          boolean      NOT NULL DEFAULT false,  -- operational
    uses              smallint     CHECK (uses > 0),  -- operational
    is_seal           boolean      NOT NULL DEFAULT false,  -- operational
    PRIMARY KEY (resident_id, consent_id, line),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.consent (resident_id, consent_id),
    CONSTRAINT period_is_not_empty CHECK (start_at < end_at),
    CONSTRAINT days_are_not_empty CHECK (from_day < until_day),
    CONSTRAINT a_department_is_of_an_institution CHECK (department IS NULL
                                                        OR institution_id IS NOT NULL)
);

-- The uses begun of consents for a number of visits; rows are added by the look they belong to.
CREATE TABLE consent.use (
    resident_id   uuid         NOT NULL,  -- operational
    consent_id    uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    used_by       uuid         NOT NULL,  -- operational
    used_at       timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, consent_id, event_number),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.consent (resident_id, consent_id)
);

-- What the resident chose for emergencies, sealed; rows are added and never changed, the newest counts.
CREATE TABLE consent.advance_choice (
    resident_id   uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    chosen_at     timestamptz  NOT NULL,  -- operational
    sealed        bytea        NOT NULL,  -- health
    PRIMARY KEY (resident_id, event_number)
);

-- What the resident means by showing the code, sealed; rows are added and never changed, the newest counts.
CREATE TABLE consent.showing_choice (
    resident_id   uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    chosen_at     timestamptz  NOT NULL,  -- operational
    sealed        bytea        NOT NULL,  -- health
    PRIMARY KEY (resident_id, event_number)
);

-- Each override is a case for review (紧急调阅审查). Two keys, hashed, lead to it across residents: the
-- queue of the institution and the author. What the author wrote is sealed under the resident's key.
CREATE TABLE consent.override_case (
    resident_id       uuid         NOT NULL,                                         -- operational
    consent_id        uuid         NOT NULL,                                         -- operational
    queue_key         bytea        NOT NULL CHECK (octet_length(queue_key) = 32),    -- operational
    author_key        bytea        NOT NULL CHECK (octet_length(author_key) = 32),   -- operational
    institution_id    uuid         NOT NULL,                                         -- operational
    practitioner_id   uuid         NOT NULL,                                         -- operational
    opened_at         timestamptz  NOT NULL,                                         -- operational
    due_at            timestamptz  NOT NULL,                                         -- operational
    reviewers_needed  smallint     NOT NULL CHECK (reviewers_needed IN (1, 2)),      -- operational
    sealed            bytea        NOT NULL,                                         -- health
    PRIMARY KEY (resident_id, consent_id),
    CONSTRAINT there_is_time_to_review CHECK (opened_at < due_at)
);

CREATE INDEX override_case_by_queue ON consent.override_case (queue_key, opened_at);

CREATE INDEX override_case_by_author ON consent.override_case (author_key, opened_at);

CREATE INDEX override_case_by_day ON consent.override_case (opened_at);

-- Rows are added and never changed. One reviewer judges a case once.
CREATE TABLE consent.override_review (
    resident_id   uuid         NOT NULL,                                         -- operational
    consent_id    uuid         NOT NULL,                                         -- operational
    reviewer_id   uuid         NOT NULL,                                         -- operational
    queue_key     bytea        NOT NULL CHECK (octet_length(queue_key) = 32),    -- operational
    author_key    bytea        NOT NULL CHECK (octet_length(author_key) = 32),   -- operational
    event_number  bigint       NOT NULL,                                         -- operational
    judged_at     timestamptz  NOT NULL,                                         -- operational
    judgement     text         NOT NULL CHECK (judgement IN ('confirmed', 'objected')),  -- operational
    PRIMARY KEY (resident_id, consent_id, reviewer_id),
    FOREIGN KEY (resident_id, consent_id)
        REFERENCES consent.override_case (resident_id, consent_id)
);

-- Whoever was allowed to keep copies is asked to erase them when that ends (删除请求). The reason for
-- retaining them is sealed under the resident's log key, which outlives a closed account.
CREATE TABLE consent.erasure (
    resident_id      uuid         NOT NULL,  -- operational
    consent_id       uuid         NOT NULL,  -- operational
    institution_id   uuid         NOT NULL,  -- operational
    event_number     bigint       NOT NULL,  -- operational
    asked_at         timestamptz  NOT NULL,  -- operational
    due_at           timestamptz  NOT NULL,  -- operational
    answer           text         CHECK (answer IN ('erased', 'nothing-kept', 'retained')),  -- operational
    answered_at      timestamptz,            -- operational
    answered_number  bigint,                 -- operational
    reason           bytea,                  -- health
    PRIMARY KEY (resident_id, consent_id),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.consent (resident_id, consent_id),
    CONSTRAINT there_is_time_to_erase CHECK (asked_at < due_at),
    CONSTRAINT an_attestation_is_logged CHECK ((answer IS NULL) = (answered_at IS NULL)
                                               AND (answer IS NULL) = (answered_number IS NULL)),
    CONSTRAINT whoever_retains_says_why CHECK ((answer IS NOT DISTINCT FROM 'retained')
                                               = (reason IS NOT NULL))
);

CREATE INDEX erasure_of_institution ON consent.erasure (institution_id, due_at)
    WHERE answer IS NULL OR answer = 'retained';

CREATE INDEX erasure_open ON consent.erasure (due_at) WHERE answer IS NULL;

-- One line for each answer given with a PIN or with a helper, and for each PIN set with one, all of one
-- length. What it says is sealed under the region's key; the examinations of the region stand beside it.
-- ``watch_at`` is when the region's watch goes through a line next; null once it has, whatever it says.
CREATE TABLE consent.presence (
    resident_id  uuid         NOT NULL,                                        -- operational
    consent_id   uuid         NOT NULL,                                        -- operational
    answered_at  timestamptz  NOT NULL,                                        -- operational
    sealed       bytea        NOT NULL CHECK (octet_length(sealed) = 540),     -- health
    watch_at     timestamptz,                                                  -- operational
    PRIMARY KEY (resident_id, consent_id)
);

CREATE INDEX presence_by_time ON consent.presence (answered_at);

CREATE INDEX presence_to_watch ON consent.presence (watch_at) WHERE watch_at IS NOT NULL;

CREATE TABLE consent.presence_examination (
    resident_id   uuid         NOT NULL,  -- operational
    consent_id    uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    examiner_id   uuid         NOT NULL,  -- operational
    examined_at   timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, consent_id, event_number),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.presence (resident_id, consent_id)
);

-- Records sealed by order (封存): which order sealed whose, and the order in the words its resident reads,
-- sealed under the resident's log key. The order leads to everybody it sealed, to lift it.
CREATE TABLE consent.record_seal (
    resident_id  uuid   NOT NULL,  -- operational
    consent_id   uuid   NOT NULL,  -- operational
    order_id     uuid   NOT NULL,  -- operational
    sealed       bytea  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, consent_id),
    UNIQUE (resident_id, order_id),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.consent (resident_id, consent_id)
);

CREATE INDEX record_seal_by_order ON consent.record_seal (order_id);

ALTER TABLE consent.record_seal ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.record_seal FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.record_seal
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_supervision ON consent.record_seal FOR SELECT
    USING (current_setting('ohc.task', true) IN ('supervision', 'verification'));

GRANT SELECT, INSERT ON consent.record_seal TO ohc_app;

-- What may bear on a decision now, one JSON document per resident; read together with the chain.
-- Seen with the rights of whoever asks.
CREATE VIEW consent.standing WITH (security_invoker = true) AS
SELECT p.resident_id,
       convert_to(jsonb_agg(jsonb_build_object(
           'consent_id', p.consent_id, 'rule', p.rule, 'purpose', p.purpose,
           'category_tokens', (SELECT coalesce(jsonb_agg(encode(t, 'hex')), '[]')
                                 FROM unnest(p.category_tokens) AS t),
           'sensitive_tokens', (SELECT coalesce(jsonb_agg(encode(t, 'hex')), '[]')
                                  FROM unnest(p.sensitive_tokens) AS t),
           'institution_id', p.institution_id, 'practitioner_id', p.practitioner_id,
           'from_day', p.from_day, 'until_day', p.until_day, 'up_to_number', p.up_to_number,
           'start_at', p.start_at, 'end_at', p.end_at,
           'seal', encode(p.seal, 'hex'), 'form', p.form,
           'department', encode(p.department, 'hex'), 'institution_kind', p.institution_kind,
           'scenes', p.scenes, 'may_keep', p.may_keep, 'uses', p.uses, 'is_seal', p.is_seal,
           'made', CASE WHEN p.uses IS NOT NULL THEN (
               SELECT jsonb_agg(jsonb_build_array(u.used_by, u.used_at))
                 FROM consent.use u
                WHERE u.resident_id = p.resident_id AND u.consent_id = p.consent_id) END
           ))::text, 'UTF8') AS document
  FROM consent.provision p
 WHERE p.revoked_at IS NULL AND p.end_at > statement_timestamp()
 GROUP BY p.resident_id;

GRANT SELECT ON consent.standing TO ohc_app;

ALTER TABLE consent.request ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.request FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.request
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.request FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

ALTER TABLE consent.consent ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.consent FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.consent
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.consent FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

CREATE POLICY for_retention ON consent.consent FOR SELECT
    USING (current_setting('ohc.task', true) = 'retention');

ALTER TABLE consent.provision ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.provision FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.provision
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.provision FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

ALTER TABLE consent.use ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.use FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.use
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.use FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

ALTER TABLE consent.advance_choice ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.advance_choice FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.advance_choice
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.advance_choice FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

ALTER TABLE consent.showing_choice ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.showing_choice FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.showing_choice
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

GRANT SELECT, INSERT ON consent.showing_choice TO ohc_app;

GRANT SELECT, INSERT ON consent.request, consent.consent, consent.provision, consent.use
    TO ohc_app;

ALTER TABLE consent.override_case ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.override_case FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.override_case
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_key ON consent.override_case FOR SELECT
    USING (encode(queue_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ','))
           OR encode(author_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY for_supervision ON consent.override_case FOR SELECT
    USING (current_setting('ohc.task', true) IN ('supervision', 'verification'));

ALTER TABLE consent.override_review ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.override_review FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.override_review
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_key ON consent.override_review FOR SELECT
    USING (encode(queue_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ','))
           OR encode(author_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY for_supervision ON consent.override_review FOR SELECT
    USING (current_setting('ohc.task', true) IN ('supervision', 'verification'));

ALTER TABLE consent.erasure ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.erasure FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.erasure
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_institution ON consent.erasure FOR SELECT
    USING (encode(uuid_send(institution_id), 'hex')
           = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY for_supervision ON consent.erasure FOR SELECT
    USING (current_setting('ohc.task', true) IN ('supervision', 'verification'));

GRANT SELECT, INSERT ON consent.erasure TO ohc_app;

GRANT UPDATE (answer, answered_at, answered_number, reason) ON consent.erasure TO ohc_app;

ALTER TABLE consent.presence ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.presence FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.presence
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_supervision ON consent.presence FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');

ALTER TABLE consent.presence_examination ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.presence_examination FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.presence_examination
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_supervision ON consent.presence_examination FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT ON consent.presence, consent.presence_examination TO ohc_app;

GRANT UPDATE (watch_at) ON consent.presence TO ohc_app;

GRANT SELECT, INSERT ON consent.advance_choice, consent.override_case, consent.override_review
    TO ohc_app;

GRANT UPDATE (previewed_number, previewed_version, previewed_ids, previewed_numbers,
              previewed_versions, answer, answered_at, consent_id)
    ON consent.request TO ohc_app;

GRANT UPDATE (withdrawn_at, withdrawn_number) ON consent.consent TO ohc_app;

GRANT UPDATE (revoked_at) ON consent.provision TO ohc_app;


-- healthcode: enrolled phones, spent codes, who was shown a code, and whom signed codes belong to.
-- Distribution columns (Citus): device by device_reference, spent by mark, presentation by
-- resident_id, signed_code by handle_key, code_status by issuer_key. No code is stored: a mark is the random-looking part of one and opens nothing.
CREATE SCHEMA healthcode;

GRANT USAGE ON SCHEMA healthcode TO ohc_app;

CREATE TABLE healthcode.device (
    device_reference  bytea        NOT NULL CHECK (octet_length(device_reference) = 8),  -- operational
    resident_id       uuid         NOT NULL,  -- operational
    enrolled_at       timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (device_reference)
);

CREATE TABLE healthcode.spent (
    mark        bytea        NOT NULL CHECK (octet_length(mark) = 16),  -- operational
    expires_at  timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (mark)
);

CREATE INDEX spent_by_expiry ON healthcode.spent (expires_at);

CREATE TABLE healthcode.presentation (
    resident_id      uuid         NOT NULL,  -- operational
    presentation_id  uuid         NOT NULL,  -- operational
    practitioner_id  uuid         NOT NULL,  -- operational
    institution_id   uuid         NOT NULL,  -- operational
    terminal_id      uuid         NOT NULL,  -- operational
    purpose          text         NOT NULL,  -- operational
    scene            text         NOT NULL,  -- operational
    presented_at     timestamptz  NOT NULL,  -- operational
    presented_by     text         NOT NULL DEFAULT 'code'
                     CHECK (presented_by IN ('code', 'card', 'document', 'offline', 'counter', 'printed',
                                             'temporary', 'short', 'national-card')),  -- operational
    PRIMARY KEY (resident_id, presentation_id)
);

-- One row a certificate, card, temporary or short code; found by the keyed hash of what it carries.
CREATE TABLE healthcode.signed_code (
    handle_key        bytea        NOT NULL CHECK (octet_length(handle_key) = 32),  -- operational
    resident_id       uuid,  -- null: a temporary code that is nobody's yet          -- operational
    kind              text         NOT NULL
                      CHECK (kind IN ('offline', 'printed', 'temporary', 'short')),  -- operational
    issuer_key        bytea        CHECK (octet_length(issuer_key) = 4),             -- public
    status_index      integer      CHECK (status_index >= 1048576),                  -- operational
    device_reference  bytea        CHECK (octet_length(device_reference) = 8),       -- operational
    card_version      smallint     CHECK (card_version BETWEEN 0 AND 255),           -- operational
    issued_at         timestamptz  NOT NULL,                                         -- operational
    until             timestamptz  NOT NULL,                                         -- operational
    revoked_at        timestamptz,                                                   -- operational
    redeemed_at       timestamptz,                                                   -- operational
    PRIMARY KEY (handle_key),
    CONSTRAINT somebodys_or_temporary CHECK (resident_id IS NOT NULL OR kind = 'temporary'),
    CONSTRAINT signed_or_short CHECK ((issuer_key IS NULL) = (kind = 'short')
                                      AND (status_index IS NULL) = (kind = 'short')),
    CONSTRAINT of_a_phone_or_not CHECK ((device_reference IS NULL) = (kind <> 'offline'))
);

CREATE INDEX signed_code_by_resident ON healthcode.signed_code (resident_id, kind);
CREATE INDEX signed_code_by_device ON healthcode.signed_code (device_reference)
    WHERE device_reference IS NOT NULL;
CREATE INDEX signed_code_by_end ON healthcode.signed_code (until);

-- What the published lists say: nothing in a row is about a person.
CREATE TABLE healthcode.code_status (
    issuer_key    bytea        NOT NULL CHECK (octet_length(issuer_key) = 4),               -- public
    status_index  integer      NOT NULL CHECK (status_index BETWEEN 1048576 AND 8388607),   -- public
    until         timestamptz  NOT NULL,                                                    -- operational
    revoked_at    timestamptz,                                                              -- operational
    PRIMARY KEY (issuer_key, status_index)
);

CREATE INDEX code_status_revoked ON healthcode.code_status (issuer_key, status_index)
    WHERE revoked_at IS NOT NULL;
CREATE INDEX code_status_by_end ON healthcode.code_status (until);

ALTER TABLE healthcode.device ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.device FORCE ROW LEVEL SECURITY;
ALTER TABLE healthcode.spent ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.spent FORCE ROW LEVEL SECURITY;
ALTER TABLE healthcode.presentation ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.presentation FORCE ROW LEVEL SECURITY;
ALTER TABLE healthcode.signed_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.signed_code FORCE ROW LEVEL SECURITY;
ALTER TABLE healthcode.code_status ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.code_status FORCE ROW LEVEL SECURITY;

CREATE POLICY by_reference ON healthcode.device TO ohc_app
    USING (encode(device_reference, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

-- A mark can be put down by whoever names it and taken away only by the purge.
CREATE POLICY by_mark ON healthcode.spent FOR INSERT TO ohc_app
    WITH CHECK (encode(mark, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY seen_by_purge ON healthcode.spent FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON healthcode.spent FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY by_resident ON healthcode.presentation TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

-- By the code in hand, by the phone that holds it, or as the resident's own.
CREATE POLICY by_key ON healthcode.signed_code TO ohc_app
    USING (encode(handle_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY by_reference ON healthcode.signed_code TO ohc_app
    USING (encode(device_reference, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY by_resident ON healthcode.signed_code TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY seen_by_purge ON healthcode.signed_code FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON healthcode.signed_code FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

-- The key is the issuer's four bytes and the index as four.
CREATE POLICY by_key ON healthcode.code_status TO ohc_app
    USING (encode(issuer_key, 'hex') || lpad(to_hex(status_index), 8, '0')
           = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY seen_to_publish ON healthcode.code_status FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) IN ('publishing', 'purging'));

CREATE POLICY taken_by_purge ON healthcode.code_status FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

GRANT SELECT, INSERT, DELETE ON healthcode.device, healthcode.spent TO ohc_app;
GRANT UPDATE (enrolled_at) ON healthcode.device TO ohc_app;  -- to hold a row, never to change it
GRANT SELECT, INSERT ON healthcode.presentation TO ohc_app;
GRANT SELECT, INSERT, DELETE ON healthcode.signed_code, healthcode.code_status TO ohc_app;
GRANT UPDATE (resident_id, revoked_at, redeemed_at) ON healthcode.signed_code TO ohc_app;
GRANT UPDATE (revoked_at) ON healthcode.code_status TO ohc_app;

-- Where a phone's one-time code was accepted, with and without network. One handle at two places is
-- a copy. Found by the keyed hash of the handle, so that nothing leads from a code to a row.
CREATE TABLE healthcode.acceptance (
    handle_key       bytea        NOT NULL CHECK (octet_length(handle_key) = 32),   -- operational
    evidence_key     bytea        NOT NULL CHECK (octet_length(evidence_key) = 16), -- operational
    institution_id   uuid         NOT NULL,  -- operational
    practitioner_id  uuid         NOT NULL,  -- operational
    accepted_at      timestamptz  NOT NULL,  -- operational
    received_at      timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (handle_key, evidence_key)
);

CREATE INDEX acceptance_by_time ON healthcode.acceptance (received_at);

-- Two acceptances of one code, for the region to look into. Names no resident.
CREATE TABLE healthcode.double_use (
    first_key               bytea        NOT NULL CHECK (octet_length(first_key) = 16),   -- operational
    second_key              bytea        NOT NULL CHECK (octet_length(second_key) = 16),  -- operational
    first_institution_id    uuid         NOT NULL,  -- operational
    first_practitioner_id   uuid         NOT NULL,  -- operational
    first_accepted_at       timestamptz  NOT NULL,  -- operational
    second_institution_id   uuid         NOT NULL,  -- operational
    second_practitioner_id  uuid         NOT NULL,  -- operational
    second_accepted_at      timestamptz  NOT NULL,  -- operational
    found_at                timestamptz  NOT NULL,  -- operational
    seen_at                 timestamptz,            -- operational
    seen_by                 uuid,                   -- operational
    PRIMARY KEY (first_key, second_key),
    CONSTRAINT the_first_is_not_the_second CHECK (first_key <> second_key),
    CONSTRAINT seeing_is_attributed CHECK ((seen_at IS NULL) = (seen_by IS NULL))
);

CREATE INDEX double_use_by_time ON healthcode.double_use (found_at);

ALTER TABLE healthcode.acceptance ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.acceptance FORCE ROW LEVEL SECURITY;

CREATE POLICY by_key ON healthcode.acceptance TO ohc_app
    USING (encode(handle_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY seen_by_purge ON healthcode.acceptance FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON healthcode.acceptance FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

GRANT SELECT, INSERT, DELETE ON healthcode.acceptance TO ohc_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON healthcode.double_use TO ohc_app;

-- The national electronic health card, found by a keyed hash of its number, which is not stored.
CREATE TABLE healthcode.national_card (
    card_key     bytea        NOT NULL CHECK (octet_length(card_key) = 32),  -- operational
    resident_id  uuid         NOT NULL,                                      -- operational
    linked_at    timestamptz  NOT NULL,                                      -- operational
    PRIMARY KEY (card_key)
);

CREATE INDEX national_card_by_resident ON healthcode.national_card (resident_id);

-- Its dynamic and temporary codes made here, by a keyed hash of number and time together: a time
-- behind another number is not here.
CREATE TABLE healthcode.national_card_code (
    code_key     bytea        NOT NULL CHECK (octet_length(code_key) = 32),         -- operational
    resident_id  uuid         NOT NULL,                                             -- operational
    form         text         NOT NULL CHECK (form IN ('dynamic', 'temporary')),    -- operational
    until        timestamptz  NOT NULL,                                             -- operational
    redeemed_at  timestamptz,                                                       -- operational
    PRIMARY KEY (code_key)
);

-- Each time goes to one card only: the scheme's encryption makes one block of it, whoever's it is.
CREATE TABLE healthcode.national_card_time (
    time_key  bytea        NOT NULL CHECK (octet_length(time_key) = 32),  -- operational
    until     timestamptz  NOT NULL,                                      -- operational
    PRIMARY KEY (time_key)
);

CREATE INDEX national_card_time_by_end ON healthcode.national_card_time (until);
CREATE INDEX national_card_code_by_resident ON healthcode.national_card_code (resident_id);
CREATE INDEX national_card_code_by_end ON healthcode.national_card_code (until);

ALTER TABLE healthcode.national_card ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.national_card FORCE ROW LEVEL SECURITY;
ALTER TABLE healthcode.national_card_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.national_card_code FORCE ROW LEVEL SECURITY;

ALTER TABLE healthcode.national_card_time ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.national_card_time FORCE ROW LEVEL SECURITY;

CREATE POLICY by_key ON healthcode.national_card TO ohc_app
    USING (encode(card_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY by_resident ON healthcode.national_card TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_key ON healthcode.national_card_code TO ohc_app
    USING (encode(code_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY by_resident ON healthcode.national_card_code TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY seen_by_purge ON healthcode.national_card_code FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON healthcode.national_card_code FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY by_key ON healthcode.national_card_time FOR INSERT TO ohc_app
    WITH CHECK (encode(time_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY seen_by_purge ON healthcode.national_card_time FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON healthcode.national_card_time FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

GRANT SELECT, INSERT, DELETE ON healthcode.national_card, healthcode.national_card_code,
      healthcode.national_card_time TO ohc_app;
GRANT UPDATE (redeemed_at) ON healthcode.national_card_code TO ohc_app;


-- sign_in: counts of attempts, codes, sessions, accounts of staff, tokens of systems.
-- Every secret is stored as a keyed hash; what belongs to a session is sealed under its token.
-- Distribution (Citus): resident_session by session_key, resident_passkey by credential_key; all else is small or short-lived and lives
-- on the coordinator.
CREATE SCHEMA sign_in;

GRANT USAGE ON SCHEMA sign_in TO ohc_app;

CREATE TABLE sign_in.attempt (
    subject    bytea          PRIMARY KEY CHECK (octet_length(subject) = 32),  -- operational
    moments    timestamptz[]  NOT NULL,                                        -- operational
    latest_at  timestamptz    NOT NULL                                         -- operational
);

CREATE INDEX attempt_by_latest ON sign_in.attempt (latest_at);

CREATE TABLE sign_in.hour (
    purpose    text         NOT NULL,  -- public
    starts_at  timestamptz  NOT NULL,  -- operational
    used       integer      NOT NULL,  -- operational
    PRIMARY KEY (purpose, starts_at)
);

CREATE TABLE sign_in.lockout (
    subject       bytea        PRIMARY KEY CHECK (octet_length(subject) = 32),  -- operational
    failures      integer      NOT NULL,                                        -- operational
    locked_until  timestamptz  NOT NULL,                                        -- operational
    latest_at     timestamptz  NOT NULL                                         -- operational
);

CREATE TABLE sign_in.code (
    attempt_key  bytea        PRIMARY KEY CHECK (octet_length(attempt_key) = 32),      -- operational
    code_hash    bytea        NOT NULL CHECK (octet_length(code_hash) = 32),           -- operational
    purpose      text         NOT NULL CHECK (purpose IN ('sign-in', 'verification', 'phone-change')),  -- operational
    tries        smallint     NOT NULL CHECK (tries BETWEEN 0 AND 5),                  -- operational
    expires_at   timestamptz  NOT NULL,                                                -- operational
    used_at      timestamptz,                                                          -- operational
    sealed       bytea        NOT NULL                                                 -- identity
);

CREATE INDEX code_by_expiry ON sign_in.code (expires_at);

-- The same facts sealed twice: for the phone under its token, for the counter under the number.
CREATE TABLE sign_in.binding (
    attempt_key      bytea        PRIMARY KEY CHECK (octet_length(attempt_key) = 32),     -- operational
    number_key       bytea        NOT NULL UNIQUE CHECK (octet_length(number_key) = 32),  -- operational
    expires_at       timestamptz  NOT NULL,                                               -- operational
    sealed           bytea        NOT NULL,                                               -- identity
    counter_sealed   bytea        NOT NULL,                                               -- identity
    completed_at     timestamptz,                                                         -- operational
    completed_by     uuid,                                                                -- operational
    completed_for    uuid,  -- the resident                                             -- operational
    session_made_at  timestamptz,                                                         -- operational
    CONSTRAINT completion_is_attributed CHECK ((completed_at IS NULL) = (completed_by IS NULL)
                                               AND (completed_at IS NULL) = (completed_for IS NULL)),
    CONSTRAINT session_only_once_completed CHECK (completed_at <= session_made_at)
);

CREATE INDEX binding_by_expiry ON sign_in.binding (expires_at);

CREATE TABLE sign_in.resident_session (
    session_key       bytea        NOT NULL CHECK (octet_length(session_key) = 32),      -- operational
    resident_id       uuid         NOT NULL,                                             -- operational
    session_id        uuid         NOT NULL,                                             -- operational
    device_reference  bytea        NOT NULL CHECK (octet_length(device_reference) = 8),  -- operational
    phone_key         bytea        NOT NULL CHECK (octet_length(phone_key) = 32),        -- identity
    sealed            bytea        NOT NULL,                                             -- identity
    started_at        timestamptz  NOT NULL,                                             -- operational
    verified_at       timestamptz  NOT NULL,                                             -- operational
    expires_at        timestamptz  NOT NULL,                                             -- operational
    ended_at          timestamptz,                                                       -- operational
    PRIMARY KEY (session_key, resident_id),
    CONSTRAINT lasts_a_while CHECK (started_at < expires_at)
);

CREATE INDEX resident_session_by_resident ON sign_in.resident_session (resident_id, session_id);

CREATE TABLE sign_in.resident_passkey (
    credential_key  bytea        NOT NULL CHECK (octet_length(credential_key) = 32),  -- operational
    resident_id     uuid         NOT NULL,                                            -- operational
    passkey_id      uuid         NOT NULL,                                            -- operational
    credential_id   bytea        NOT NULL CHECK (octet_length(credential_id) > 0),    -- operational
    public_key      bytea        NOT NULL,                                            -- public
    sign_count      bigint       NOT NULL,                                            -- operational
    phone_key       bytea        NOT NULL CHECK (octet_length(phone_key) = 32),       -- identity
    sealed          bytea        NOT NULL,                                            -- identity
    added_at        timestamptz  NOT NULL,                                            -- operational
    PRIMARY KEY (credential_key, resident_id)
);

CREATE INDEX resident_passkey_by_resident ON sign_in.resident_passkey (resident_id);

-- The PIN and, if there is one, the second PIN, hashed and sealed together: no row says which of them
-- there are. What is left of `wrong_left` only falls while a PIN lives.
CREATE TABLE sign_in.pin (
    resident_id     uuid         PRIMARY KEY,                                   -- operational
    version         uuid         NOT NULL,                                      -- operational
    sealed          bytea        NOT NULL,                                      -- identity
    set_at          timestamptz  NOT NULL,                                      -- operational
    wrong_left      smallint     NOT NULL CHECK (wrong_left BETWEEN 0 AND 12),  -- operational
    wrong_in_a_row  smallint     NOT NULL CHECK (wrong_in_a_row >= 0),          -- operational
    locked_until    timestamptz  NOT NULL                                       -- operational
);

CREATE TABLE sign_in.staff_account (
    practitioner_id      uuid         PRIMARY KEY,                                  -- operational
    staff_number         text         NOT NULL UNIQUE CHECK (staff_number <> ''),   -- operational
    password_hash        text         NOT NULL,                                     -- operational
    totp_sealed          bytea        NOT NULL,                                     -- operational
    totp_step            bigint       NOT NULL,                                     -- operational
    roles                text[]       NOT NULL CHECK (cardinality(roles) > 0),      -- operational
    created_at           timestamptz  NOT NULL,                                     -- operational
    sessions_valid_from  timestamptz  NOT NULL                                      -- operational
);

CREATE TABLE sign_in.staff_session (
    session_key      bytea        PRIMARY KEY CHECK (octet_length(session_key) = 32),     -- operational
    session_id       uuid         NOT NULL,                                               -- operational
    practitioner_id  uuid         NOT NULL REFERENCES sign_in.staff_account,              -- operational
    audience         text         NOT NULL,                                               -- operational
    method           text         NOT NULL CHECK (method IN ('password', 'passkey')),     -- operational
    terminal_id      uuid         NOT NULL,                                               -- operational
    started_at       timestamptz  NOT NULL,                                               -- operational
    seen_at          timestamptz  NOT NULL,                                               -- operational
    expires_at       timestamptz  NOT NULL,                                               -- operational
    ended_at         timestamptz,                                                         -- operational
    CONSTRAINT lasts_a_while CHECK (started_at < expires_at)
);

CREATE TABLE sign_in.passkey (
    credential_id    bytea        PRIMARY KEY,                                 -- operational
    practitioner_id  uuid         NOT NULL REFERENCES sign_in.staff_account,   -- operational
    public_key       bytea        NOT NULL,                                    -- public
    sign_count       bigint       NOT NULL,                                    -- operational
    label            text         NOT NULL,                                    -- operational
    added_at         timestamptz  NOT NULL                                     -- operational
);

CREATE INDEX passkey_by_practitioner ON sign_in.passkey (practitioner_id);

CREATE TABLE sign_in.spent_challenge (
    challenge_key  bytea        PRIMARY KEY CHECK (octet_length(challenge_key) = 32),  -- operational
    expires_at     timestamptz  NOT NULL                                               -- operational
);

CREATE INDEX spent_challenge_by_expiry ON sign_in.spent_challenge (expires_at);

CREATE TABLE sign_in.spent_assertion (
    assertion_key  bytea        PRIMARY KEY CHECK (octet_length(assertion_key) = 32),  -- operational
    expires_at     timestamptz  NOT NULL                                               -- operational
);

CREATE INDEX spent_assertion_by_expiry ON sign_in.spent_assertion (expires_at);

CREATE TABLE sign_in.access_token (
    token_key       bytea        PRIMARY KEY CHECK (octet_length(token_key) = 32),  -- operational
    system_id       uuid         NOT NULL,                                          -- operational
    scopes          text[]       NOT NULL,                                          -- operational
    expires_at      timestamptz  NOT NULL                                           -- operational
);

CREATE INDEX access_token_by_expiry ON sign_in.access_token (expires_at);

-- Rows are seen by who can name them; the purge sees them all and takes only old ones.
ALTER TABLE sign_in.code ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in.code FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in.binding ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in.binding FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in.resident_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in.resident_session FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in.pin ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in.pin FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in.staff_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in.staff_session FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in.access_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in.access_token FORCE ROW LEVEL SECURITY;

CREATE POLICY by_key ON sign_in.code TO ohc_app
    USING (encode(attempt_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY seen_by_purge ON sign_in.code FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON sign_in.code FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY by_key ON sign_in.binding TO ohc_app
    USING (encode(attempt_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ','))
           OR encode(number_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY seen_by_purge ON sign_in.binding FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON sign_in.binding FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY by_key_or_resident ON sign_in.resident_session TO ohc_app
    USING (encode(session_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ','))
           OR resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

ALTER TABLE sign_in.resident_passkey ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in.resident_passkey FORCE ROW LEVEL SECURITY;

CREATE POLICY by_key_or_resident ON sign_in.resident_passkey TO ohc_app
    USING (encode(credential_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ','))
           OR resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY of_the_resident ON sign_in.pin TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_key ON sign_in.staff_session TO ohc_app
    USING (encode(session_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY by_key ON sign_in.access_token TO ohc_app
    USING (encode(token_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY seen_by_purge ON sign_in.access_token FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON sign_in.access_token FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in.attempt, sign_in.hour, sign_in.lockout TO ohc_app;
GRANT SELECT, INSERT, DELETE ON sign_in.code, sign_in.binding, sign_in.access_token TO ohc_app;
GRANT SELECT, INSERT, DELETE ON sign_in.spent_challenge, sign_in.spent_assertion TO ohc_app;
GRANT UPDATE (tries, used_at) ON sign_in.code TO ohc_app;
GRANT UPDATE (completed_at, completed_by, completed_for, session_made_at) ON sign_in.binding TO ohc_app;
GRANT SELECT, INSERT ON sign_in.resident_session, sign_in.staff_session, sign_in.staff_account TO ohc_app;
GRANT UPDATE (verified_at, ended_at) ON sign_in.resident_session TO ohc_app;
GRANT SELECT, INSERT, DELETE ON sign_in.resident_passkey TO ohc_app;
GRANT UPDATE (sign_count) ON sign_in.resident_passkey TO ohc_app;
GRANT SELECT, INSERT ON sign_in.pin TO ohc_app;
GRANT UPDATE (version, sealed, set_at, wrong_left, wrong_in_a_row, locked_until)
    ON sign_in.pin TO ohc_app;
GRANT UPDATE (seen_at, ended_at) ON sign_in.staff_session TO ohc_app;
GRANT UPDATE (password_hash, totp_sealed, totp_step, roles, sessions_valid_from)
    ON sign_in.staff_account TO ohc_app;
GRANT SELECT, INSERT, DELETE ON sign_in.passkey TO ohc_app;
GRANT UPDATE (sign_count) ON sign_in.passkey TO ohc_app;


-- collection: what residents answered about single data elements, what deliveries held, how long
-- it is kept and whether anybody read it, and what the public asks about the rules.
-- A row of deliveries or of the tally names elements and what became of them, never a resident or a
-- value; what is held of a resident, element by element, is sealed under the resident's own key.
-- Distribution columns (Citus): resident_id; delivery, tally and lenient_sender by institution_id;
-- question is local to the coordinator.
CREATE SCHEMA collection;

GRANT USAGE ON SCHEMA collection TO ohc_app;

-- What a resident agreed to or refused, in one scene, of one element; the latest answer.
CREATE TABLE collection.choice (
    resident_id  uuid         NOT NULL,  -- operational
    scene        text         NOT NULL,  -- operational
    element      text         NOT NULL,  -- operational
    is_agreed    boolean      NOT NULL,  -- health
    decided_at   timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, scene, element)
);

ALTER TABLE collection.choice ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.choice FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.choice TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid)
    WITH CHECK (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
-- How many refused an element is public, rounded; who did is nobody's business.
CREATE POLICY to_count ON collection.choice FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'supervision');

CREATE INDEX refused_elements ON collection.choice (scene, element) WHERE NOT is_agreed;

GRANT SELECT, INSERT, UPDATE ON collection.choice TO ohc_app;

-- Every delivery that named a scene: added, never changed, so that senders never wait for a counter.
-- A queue: within minutes it is counted into the tally and gone, so that it cannot be laid beside
-- what was filed at the same moment.
CREATE TABLE collection.delivery (
    institution_id  uuid         NOT NULL,  -- operational
    delivery_id     uuid         NOT NULL,  -- operational
    delivered_at    timestamptz  NOT NULL,  -- operational
    rule            text         NOT NULL,  -- operational
    is_refused      boolean      NOT NULL,  -- operational
    elements        text[]       NOT NULL,  -- operational
    verdicts        text[]       NOT NULL,  -- operational
    kept            integer[]    NOT NULL,  -- operational; entries filed that hold the element
    PRIMARY KEY (institution_id, delivery_id),
    CONSTRAINT a_verdict_for_each_element CHECK (cardinality(elements) = cardinality(verdicts)),
    CONSTRAINT a_count_for_each_element CHECK (cardinality(elements) = cardinality(kept))
);

CREATE INDEX deliveries_of_an_institution ON collection.delivery (institution_id, delivered_at);

GRANT SELECT, INSERT, DELETE ON collection.delivery TO ohc_app;

-- The same counted by month: how often an element was asked for in an institution's deliveries,
-- and what became of it. ``kept`` counts entries, and ``read`` those of them somebody else was shown.
CREATE TABLE collection.tally (
    institution_id  uuid    NOT NULL,  -- operational
    month           date    NOT NULL CHECK (extract(day FROM month) = 1),  -- operational
    rule            text    NOT NULL,  -- operational
    element         text    NOT NULL,  -- operational
    fate            text    NOT NULL,  -- operational
    count           bigint  NOT NULL CHECK (count > 0),  -- operational
    PRIMARY KEY (institution_id, month, rule, element, fate)
);

CREATE INDEX tally_by_element ON collection.tally (element, month);

GRANT SELECT, INSERT, UPDATE ON collection.tally TO ohc_app;

-- What is held of a resident, by entry: which elements, under which rule, until when, and whether
-- anybody else was ever shown them. Sealed, because elements tell what somebody has; in clear is only
-- the day on which something has to be looked at again, null when nothing of it ever ends.
CREATE TABLE collection.held (
    resident_id     uuid     NOT NULL,  -- operational
    entry_id        uuid     NOT NULL,  -- operational
    institution_id  uuid     NOT NULL,  -- operational; who handed it in
    ends_on         date,               -- operational
    is_unread       boolean  NOT NULL,  -- operational
    sealed          bytea    NOT NULL,  -- health
    PRIMARY KEY (resident_id, entry_id)
);

CREATE INDEX held_ending ON collection.held (ends_on) WHERE ends_on IS NOT NULL;

ALTER TABLE collection.held ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.held FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.held
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_retain ON collection.held FOR SELECT
    USING (current_setting('ohc.task', true) = 'retention');

GRANT SELECT, INSERT, UPDATE, DELETE ON collection.held TO ohc_app;

-- Up to which event a resident's log was followed to see what of it was read.
CREATE TABLE collection.followed (
    resident_id  uuid    PRIMARY KEY,  -- operational
    number       bigint  NOT NULL CHECK (number >= 0)  -- operational
);

ALTER TABLE collection.followed ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.followed FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.followed
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_verify ON collection.followed FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

GRANT SELECT, INSERT, UPDATE, DELETE ON collection.followed TO ohc_app;

-- Versions of entries whose time was over: where the log says that they were filed, and destroyed.
CREATE TABLE collection.destroyed (
    resident_id   uuid     NOT NULL,  -- operational
    entry_id      uuid     NOT NULL,  -- operational
    version       integer  NOT NULL,  -- operational
    filed_number  bigint   NOT NULL,  -- operational
    event_number  bigint   NOT NULL,  -- operational
    PRIMARY KEY (resident_id, entry_id, version)
);

ALTER TABLE collection.destroyed ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.destroyed FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.destroyed
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_verify ON collection.destroyed FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

GRANT SELECT, INSERT ON collection.destroyed TO ohc_app;

-- Senders whose deliveries are filed without what is beyond the rule, instead of refused.
-- Each permission is a row that stays; the newest holds.
CREATE TABLE collection.lenient_sender (
    institution_id  uuid         NOT NULL,  -- public
    allowed_at      timestamptz  NOT NULL,  -- public
    until           timestamptz  NOT NULL,  -- public
    allowed_by      uuid,                   -- operational; null for the operator's command
    PRIMARY KEY (institution_id, allowed_at)
);

GRANT SELECT, INSERT ON collection.lenient_sender TO ohc_app;

-- What anybody asked about a rule. Shown to everybody once it is answered, in words that the answerer
-- checked for personal matters; until then only to whoever answers, and to nobody who is not named.
CREATE TABLE collection.question (
    question_id   uuid         PRIMARY KEY,  -- public
    scene         text         NOT NULL,     -- public
    element       text         NOT NULL,     -- public; empty for the rule as a whole
    words         text         NOT NULL CHECK (length(words) BETWEEN 1 AND 300),  -- operational
    asked_at      timestamptz  NOT NULL,     -- public
    due_at        timestamptz  NOT NULL,     -- public
    answered_at   timestamptz,               -- public
    answered_by   uuid,                      -- operational
    is_published  boolean,                   -- public; false when set aside
    question      text,                      -- public; the words as published
    answer        text,                      -- public; or why it was set aside
    CONSTRAINT answered_whole CHECK (
        (answered_at IS NULL) = (answer IS NULL)
        AND (answered_at IS NULL) = (is_published IS NULL)
        AND (answered_at IS NULL) = (answered_by IS NULL)
        AND coalesce(is_published, false) = (question IS NOT NULL))
);

CREATE INDEX question_open ON collection.question (due_at) WHERE answered_at IS NULL;
CREATE INDEX question_by_rule ON collection.question (scene, element, asked_at);

GRANT SELECT, INSERT, UPDATE (answered_at, answered_by, is_published, question, answer)
    ON collection.question TO ohc_app;

-- Going again through what was filed, once for each way of telling what betrays (`reading`: the edition
-- of the sensitive map and the program's way of reading entries). One process at a time has the lease;
-- what it was doing when it stopped is done again by the next.
-- Distribution (Citus): reference table.
CREATE TABLE collection.reread (
    run           integer      PRIMARY KEY CHECK (run >= 1),                      -- operational
    reading       bytea        NOT NULL CHECK (octet_length(reading) = 32),       -- public
    edition       text         NOT NULL,                                          -- public
    reached       uuid         NOT NULL,                                          -- operational
    leased_until  timestamptz  NOT NULL,                                          -- operational
    started_at    timestamptz  NOT NULL,                                          -- operational
    finished_at   timestamptz,                                                    -- operational
    residents     bigint       NOT NULL,                                          -- operational
    closed        bigint       NOT NULL                                           -- operational
);

GRANT SELECT, INSERT, UPDATE (reached, leased_until, finished_at, residents, closed)
    ON collection.reread TO ohc_app;

-- Deliveries whose Patient names an ID number that cannot be one, kept whole until a registrar has seen
-- the card. Nobody knows whose they are: each lies under the keys of an id of its own, destroyed with
-- what they seal when it is answered.
CREATE TABLE collection.waiting (
    resident_id     uuid         NOT NULL,  -- operational; an id of nobody
    institution_id  uuid         NOT NULL,  -- operational
    fingerprint     bytea        NOT NULL CHECK (octet_length(fingerprint) = 32),  -- operational
    received_at     timestamptz  NOT NULL,  -- operational
    sealed          bytea,                  -- health; null when answered
    answer          text         CHECK (answer IN ('filed', 'dismissed')),  -- operational
    answered_at     timestamptz,            -- operational
    answered_by     uuid,                   -- operational
    PRIMARY KEY (resident_id),
    CONSTRAINT what_waits_is_there CHECK ((answer IS NULL) = (sealed IS NOT NULL)),
    CONSTRAINT answering_is_attributed CHECK (
        (answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (answered_by IS NULL))
);

CREATE INDEX waiting_by_institution ON collection.waiting (institution_id, received_at)
    WHERE answer IS NULL;

CREATE INDEX waiting_by_fingerprint ON collection.waiting (fingerprint) WHERE answer IS NULL;

ALTER TABLE collection.waiting ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.waiting FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.waiting
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY by_fingerprint ON collection.waiting FOR SELECT
    USING (encode(fingerprint, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));
CREATE POLICY to_review ON collection.waiting FOR SELECT
    USING (current_setting('ohc.task', true) = 'review');

GRANT SELECT, INSERT, UPDATE (sealed, answer, answered_at, answered_by) ON collection.waiting TO ohc_app;


-- access: what a look reads, as functions, so that a look by itself is one round trip to read and
-- one to log. Each turns its transaction to the resident it is given; row-level security does the
-- rest. (On Citus: functions distributed by their first argument run beside the resident's rows.)
--
-- Every read serves several residents, one after the other, in one row type: first the chain (type
-- is null) with the resident in entry_id, the next number in filed_number, the head in digest and
-- the consents' version in version, in body what the resident has said unless that version is known
-- to the caller, and in category_token, where entries were merged, whose ids are one person; then the
-- entries. STABLE, hence one snapshot for all statements: the entries seen
-- are exactly those filed before the next number. Without bitmaps, because what is read is a few
-- rows that the index holds in the order asked for.
-- Distribution column (Citus) of the one table: resident_id.
CREATE SCHEMA access;

GRANT USAGE ON SCHEMA access TO ohc_app;

-- The current entries of some categories, newest first; index entry_newest. The categories of each
-- resident are an array literal of tokens: arrays of arrays have to be of one length.
CREATE FUNCTION access.categories(
    resident_ids uuid[], known_versions bigint[], category_tokens text[]
) RETURNS TABLE (
    entry_id uuid, version bigint, type text, day date, category_token bytea,
    sensitivity_token bytea, institution_id uuid, filed_number bigint, filed_at timestamptz,
    digest bytea, body bytea
) STABLE LANGUAGE plpgsql SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    resident uuid;
    known bigint;
    wanted bytea[];
    linked boolean;
    turned_to text;
    turned_back text;
BEGIN
    FOR i IN 1 .. cardinality(resident_ids) LOOP
        resident := resident_ids[i];
        known := known_versions[i];
        wanted := category_tokens[i]::bytea[];
        turned_to := ohc.turn_to(resident);
        SELECT c.resident_id, c.consent_version, c.next_number, statement_timestamp(), c.head, NULL,
               c.is_linked, NULL
          INTO entry_id, version, filed_number, filed_at, digest, body, linked, category_token
          FROM audit.chain c
         WHERE c.resident_id = resident;
        IF FOUND THEN
            IF version <> known THEN
                body := (SELECT s.document FROM consent.standing s WHERE s.resident_id = resident);
                IF linked THEN
                    category_token := (SELECT l.members FROM identity.link l
                                        WHERE l.resident_id = resident
                                        ORDER BY l.event_number DESC LIMIT 1);
                END IF;
            END IF;
            RETURN NEXT;
            RETURN QUERY
            SELECT e.entry_id, e.version::bigint, e.type, e.day, e.category_token,
                   e.sensitivity_token, e.institution_id, e.filed_number, NULL::timestamptz,
                   e.digest, e.body
              FROM record.entry e
             WHERE e.resident_id = resident AND e.is_current AND e.category_token = ANY (wanted)
             ORDER BY e.day DESC, e.entry_id DESC;
        END IF;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- One entry of each in its current version or in the one named; primary key. A deletion is a version
-- that says nothing: it is not read, and a deleted entry has no current version.
CREATE FUNCTION access.entry(
    resident_ids uuid[], known_versions bigint[], entry_ids uuid[], versions integer[]
) RETURNS TABLE (
    entry_id uuid, version bigint, type text, day date, category_token bytea,
    sensitivity_token bytea, institution_id uuid, filed_number bigint, filed_at timestamptz,
    digest bytea, body bytea
) STABLE LANGUAGE plpgsql SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    resident uuid;
    known bigint;
    wanted uuid;
    named integer;
    linked boolean;
    turned_to text;
    turned_back text;
BEGIN
    FOR i IN 1 .. cardinality(resident_ids) LOOP
        resident := resident_ids[i];
        known := known_versions[i];
        wanted := entry_ids[i];
        named := versions[i];
        turned_to := ohc.turn_to(resident);
        SELECT c.resident_id, c.consent_version, c.next_number, statement_timestamp(), c.head, NULL,
               c.is_linked, NULL
          INTO entry_id, version, filed_number, filed_at, digest, body, linked, category_token
          FROM audit.chain c
         WHERE c.resident_id = resident;
        IF FOUND THEN
            IF version <> known THEN
                body := (SELECT s.document FROM consent.standing s WHERE s.resident_id = resident);
                IF linked THEN
                    category_token := (SELECT l.members FROM identity.link l
                                        WHERE l.resident_id = resident
                                        ORDER BY l.event_number DESC LIMIT 1);
                END IF;
            END IF;
            RETURN NEXT;
            RETURN QUERY
            SELECT e.entry_id, e.version::bigint, e.type, e.day, e.category_token,
                   e.sensitivity_token, e.institution_id, e.filed_number, e.filed_at, e.digest, e.body
              FROM record.entry e
             WHERE e.resident_id = resident AND e.entry_id = wanted
               AND (e.version = named OR (named IS NULL AND e.is_current)) AND NOT e.is_deletion;
        END IF;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- The first page of what a search finds, newest first, how many there are and how many of them others
-- filed: index entry_newest, once to count and once up to the end of the page. What may be seen is told by kinds: the categories and
-- the closed kinds an entry may carry, up to which number, and whose own entries (null: nobody's).
-- That holds for one version of the consents: of any other nothing is read but the chain.
CREATE FUNCTION access.page(
    resident_ids uuid[], known_versions bigint[], types text[], entry_ids text[],
    token_groups text[], days text[], filed text[], category_tokens text[],
    sensitivity_tokens text[], shown_up_to bigint[], institution_ids uuid[], counts integer[]
) RETURNS TABLE (
    entry_id uuid, version bigint, type text, day date, category_token bytea,
    sensitivity_token bytea, institution_id uuid, filed_number bigint, filed_at timestamptz,
    digest bytea, body bytea, total bigint, of_others bigint
) STABLE LANGUAGE plpgsql SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    resident uuid;
    wanted text;
    named uuid[];
    groups text[];
    group_1 bytea[];
    group_2 bytea[];
    group_3 bytea[];
    group_4 bytea[];
    on_days datemultirange;
    at_moments tstzmultirange;
    shown_categories bytea[];
    shown_kinds bytea[];
    up_to bigint;
    own uuid;
    linked boolean;
    turned_to text;
    turned_back text;
BEGIN
    FOR i IN 1 .. cardinality(resident_ids) LOOP
        resident := resident_ids[i];
        turned_to := ohc.turn_to(resident);
        SELECT c.resident_id, c.consent_version, c.next_number, statement_timestamp(), c.head, NULL,
               c.is_linked, NULL, NULL, NULL, NULL
          INTO entry_id, version, filed_number, filed_at, digest, body, linked, category_token, type,
               total, of_others
          FROM audit.chain c
         WHERE c.resident_id = resident;
        IF FOUND AND version <> known_versions[i] THEN
            body := (SELECT s.document FROM consent.standing s WHERE s.resident_id = resident);
            IF linked THEN
                category_token := (SELECT l.members FROM identity.link l
                                    WHERE l.resident_id = resident
                                    ORDER BY l.event_number DESC LIMIT 1);
            END IF;
            RETURN NEXT;
        ELSIF FOUND THEN
            wanted := types[i];
            named := entry_ids[i]::uuid[];
            groups := token_groups[i]::text[];
            group_1 := groups[1]::bytea[];
            group_2 := groups[2]::bytea[];
            group_3 := groups[3]::bytea[];
            group_4 := groups[4]::bytea[];
            on_days := days[i]::datemultirange;
            at_moments := filed[i]::tstzmultirange;
            shown_categories := category_tokens[i]::bytea[];
            shown_kinds := sensitivity_tokens[i]::bytea[];
            up_to := shown_up_to[i];
            own := institution_ids[i];
            SELECT count(*), count(*) FILTER (WHERE e.institution_id IS DISTINCT FROM own)
              INTO total, of_others
              FROM record.entry e
             WHERE e.resident_id = resident AND e.is_current AND e.type = wanted
               AND ((e.category_token = ANY (shown_categories)
                     AND e.sensitivity_token = ANY (shown_kinds) AND e.filed_number <= up_to)
                    OR e.institution_id = own)
               AND (named IS NULL OR e.entry_id = ANY (named))
               AND (group_1 IS NULL OR e.tokens && group_1)
               AND (group_2 IS NULL OR e.tokens && group_2)
               AND (group_3 IS NULL OR e.tokens && group_3)
               AND (group_4 IS NULL OR e.tokens && group_4)
               AND (on_days IS NULL OR (e.day > '-infinity' AND e.day <@ on_days))
               AND (at_moments IS NULL OR e.filed_at <@ at_moments);
            RETURN NEXT;
            RETURN QUERY
            SELECT e.entry_id, e.version::bigint, e.type, e.day, e.category_token,
                   e.sensitivity_token, e.institution_id, e.filed_number, NULL::timestamptz,
                   e.digest, e.body, NULL::bigint, NULL::bigint
              FROM record.entry e
             WHERE e.resident_id = resident AND e.is_current AND e.type = wanted
               AND ((e.category_token = ANY (shown_categories)
                     AND e.sensitivity_token = ANY (shown_kinds) AND e.filed_number <= up_to)
                    OR e.institution_id = own)
               AND (named IS NULL OR e.entry_id = ANY (named))
               AND (group_1 IS NULL OR e.tokens && group_1)
               AND (group_2 IS NULL OR e.tokens && group_2)
               AND (group_3 IS NULL OR e.tokens && group_3)
               AND (group_4 IS NULL OR e.tokens && group_4)
               AND (on_days IS NULL OR (e.day > '-infinity' AND e.day <@ on_days))
               AND (at_moments IS NULL OR e.filed_at <@ at_moments)
             ORDER BY e.day DESC, e.entry_id DESC
             LIMIT counts[i];
        END IF;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- What residents ask for about their record, and how it was answered. Words are sealed under the
-- resident's record key; the institution sees that something waits, and until when, by itself.
CREATE TABLE access.rights_request (
    resident_id      uuid         NOT NULL,  -- operational
    request_id       uuid         NOT NULL,  -- operational
    kind             text         NOT NULL CHECK (kind IN ('correction', 'secondary-use')),  -- operational
    institution_id   uuid,                   -- health
    entry_id         uuid,                   -- operational
    entry_version    integer,                -- operational
    words            bytea,                  -- health
    event_number     bigint       NOT NULL,  -- operational
    asked_at         timestamptz  NOT NULL,  -- operational
    due_at           timestamptz  NOT NULL,  -- operational
    answer           text         CHECK (answer IN ('accepted', 'refused', 'taken-back')),  -- operational
    answered_at      timestamptz,            -- operational
    answered_number  bigint,                 -- operational
    reason           bytea,                  -- health
    PRIMARY KEY (resident_id, request_id),
    CONSTRAINT a_correction_names_its_entry CHECK (
        (kind = 'correction') = (entry_id IS NOT NULL AND entry_version IS NOT NULL
                                 AND institution_id IS NOT NULL AND words IS NOT NULL)),
    CONSTRAINT an_answer_has_its_time CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CONSTRAINT a_refusal_has_its_reason CHECK (answer IS DISTINCT FROM 'refused' OR reason IS NOT NULL)
);

CREATE INDEX rights_request_open ON access.rights_request (institution_id, due_at)
    WHERE answer IS NULL;

ALTER TABLE access.rights_request ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.rights_request FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.rights_request
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_institution ON access.rights_request FOR SELECT
    USING (encode(uuid_send(institution_id), 'hex')
           = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY to_count ON access.rights_request FOR SELECT
    USING (current_setting('ohc.task', true) = 'statistics' AND kind = 'secondary-use');

GRANT SELECT, INSERT ON access.rights_request TO ohc_app;

GRANT UPDATE (answer, answered_at, answered_number, reason) ON access.rights_request TO ohc_app;

-- Messages owed to telephones: stored with what they tell of, gone once a gateway has taken them.
CREATE TABLE access.notice (
    resident_id   uuid         NOT NULL,  -- operational
    notice_id     uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    made_at       timestamptz  NOT NULL,  -- operational
    next_try_at   timestamptz  NOT NULL,  -- operational
    tries         integer      NOT NULL,  -- operational
    sealed        bytea        NOT NULL,  -- identity
    PRIMARY KEY (resident_id, notice_id)
);

CREATE INDEX notice_due ON access.notice (next_try_at);

ALTER TABLE access.notice ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.notice FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.notice
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY to_send ON access.notice FOR SELECT
    USING (current_setting('ohc.task', true) = 'notices');

GRANT SELECT, INSERT, DELETE ON access.notice TO ohc_app;

GRANT UPDATE (tries, next_try_at) ON access.notice TO ohc_app;

-- How often somebody was looked up, by keyed hash of who asked and about what, per hour or day.
CREATE TABLE access.lookup_count (
    subject    bytea        NOT NULL CHECK (octet_length(subject) = 32),  -- operational
    starts_at  timestamptz  NOT NULL,  -- operational
    used       integer      NOT NULL CHECK (used > 0),  -- operational
    PRIMARY KEY (subject, starts_at)
);

CREATE INDEX lookup_count_by_start ON access.lookup_count (starts_at);

-- Look-ups the region should see: what one caller did on one day. Names no resident.
CREATE TABLE access.lookup_alarm (
    on_day          date         NOT NULL,  -- operational
    caller_id       uuid         NOT NULL,  -- operational
    kind            text         NOT NULL CHECK (kind IN ('canary', 'too-many', 'too-many-empty', 'too-many-of-one', 'beyond-role', 'spliced', 'budget-spent', 'budget-warned')),  -- operational
    institution_id  uuid         NOT NULL,  -- operational
    times           integer      NOT NULL CHECK (times > 0),  -- operational
    first_at        timestamptz  NOT NULL,  -- operational
    latest_at       timestamptz  NOT NULL,  -- operational
    seen_at         timestamptz,            -- operational
    seen_by         uuid,                   -- operational
    PRIMARY KEY (on_day, caller_id, kind),
    CONSTRAINT seeing_is_attributed CHECK ((seen_at IS NULL) = (seen_by IS NULL))
);

GRANT SELECT, INSERT, UPDATE, DELETE ON access.lookup_count, access.lookup_alarm TO ohc_app;

-- Counts, and answers what the counts are now. Nothing of it is worth waiting for the disk.
CREATE FUNCTION access.count_lookups(
    subjects bytea[], starts timestamptz[], read_subject bytea, read_start timestamptz
) RETURNS TABLE (subject bytea, used integer) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    unhurried CONSTANT text := set_config('synchronous_commit', 'off', true);
BEGIN
    RETURN QUERY
    INSERT INTO access.lookup_count AS known (subject, starts_at, used)
    SELECT given.subject, given.starts_at, 1
      FROM unnest(subjects, starts) AS given (subject, starts_at)
     ORDER BY given.subject, given.starts_at
    ON CONFLICT (subject, starts_at) DO UPDATE SET used = known.used + 1
    RETURNING known.subject, known.used;
    RETURN QUERY
    SELECT known.subject, known.used FROM access.lookup_count AS known
     WHERE known.subject = read_subject AND known.starts_at = read_start;
END
$$;

-- What is known of several people, one after the other, each under their own context: where their
-- log stands (nothing if the account is closed), which ids are theirs (identity.linking), and what
-- was received, the weightiest first. Each by primary key.
CREATE FUNCTION access.people(resident_ids uuid[], at_most integer)
RETURNS TABLE (resident_id uuid, next_number bigint, head bytea, consent_version bigint,
               at timestamptz, members bytea, received bytea[])
STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    turned_to text;
    turned_back text;
BEGIN
    FOREACH resident_id IN ARRAY resident_ids LOOP
        turned_to := ohc.turn_to(resident_id);
        SELECT c.next_number, c.head, c.consent_version, statement_timestamp()
          INTO next_number, head, consent_version, at
          FROM audit.chain c WHERE c.resident_id = people.resident_id;
        members := (SELECT l.members FROM identity.link l
                     WHERE l.resident_id = people.resident_id
                     ORDER BY l.event_number DESC LIMIT 1);
        received := ARRAY(SELECT r.sealed FROM identity.identity_record r
                           WHERE r.resident_id = people.resident_id
                           ORDER BY array_position('{checked,seen,asserted}', r.verification),
                                    r.received_at DESC, r.record_key
                           LIMIT at_most);
        RETURN NEXT;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- Which partners a resident switched on. The salt is in the name the partner knows the resident by, and
-- goes with the row: whoever switches off and on again is somebody new to the partner.
CREATE TABLE access.binding (
    resident_id     uuid         NOT NULL,  -- operational
    partner_id      uuid         NOT NULL,  -- operational
    salt            bytea        NOT NULL CHECK (octet_length(salt) = 16),  -- identity
    notice_version  text         NOT NULL,  -- public
    event_number    bigint       NOT NULL,  -- operational
    switched_on_at  timestamptz  NOT NULL,  -- operational
    joined_at       timestamptz,            -- operational
    PRIMARY KEY (resident_id, partner_id)
);

ALTER TABLE access.binding ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.binding FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.binding TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON access.binding TO ohc_app;

-- Links residents share their record by. What one shares and its key are sealed under the resident's
-- record key; a passcode is a slow hash, and its wrong entries are counted before they are compared.
CREATE TABLE access.link (
    resident_id    uuid         NOT NULL,  -- operational
    link_id        uuid         NOT NULL,  -- operational
    sealed         bytea        NOT NULL,  -- health
    passcode_hash  text,                   -- operational
    attempts_left  integer      NOT NULL CHECK (attempts_left >= 0),  -- operational
    is_direct      boolean      NOT NULL,  -- operational
    made_at        timestamptz  NOT NULL,  -- operational
    until          timestamptz  NOT NULL,  -- operational
    revoked_at     timestamptz,            -- operational
    opened_at      timestamptz,            -- operational
    made_number    bigint       NOT NULL,  -- operational
    PRIMARY KEY (resident_id, link_id),
    CONSTRAINT a_direct_link_has_no_passcode CHECK (NOT is_direct OR passcode_hash IS NULL)
);

-- Whose link an address names, by the address's keyed hash.
CREATE TABLE access.link_address (
    address_hash  bytea        NOT NULL CHECK (octet_length(address_hash) = 32),  -- operational
    resident_id   uuid         NOT NULL,  -- operational
    link_id       uuid         NOT NULL,  -- operational
    until         timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (address_hash)
);

CREATE INDEX link_address_by_end ON access.link_address (until);

-- Files of links that are fetched apart from their manifest, encrypted under the link's key: once, and
-- within half an hour.
CREATE TABLE access.link_file (
    mark        bytea        NOT NULL CHECK (octet_length(mark) = 32),  -- operational
    content     bytea        NOT NULL,  -- health
    expires_at  timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (mark)
);

CREATE INDEX link_file_by_end ON access.link_file (expires_at);

-- Health cards residents made, to revoke them by; what they say is not kept.
CREATE TABLE access.health_card (
    resident_id  uuid         NOT NULL,  -- operational
    card_id      uuid         NOT NULL,  -- operational
    content      text         NOT NULL CHECK (content IN ('vaccinations', 'emergency')),  -- health
    form         text         NOT NULL CHECK (form IN ('shc', 'hc1')),  -- operational
    made_at      timestamptz  NOT NULL,  -- operational
    until        timestamptz,            -- operational
    revoked_at   timestamptz,            -- operational
    PRIMARY KEY (resident_id, card_id)
);

-- The public list of revoked cards, by names that only their issuer could lead back to anybody.
CREATE TABLE access.revoked_card (
    rid         text         NOT NULL CHECK (length(rid) <= 24),  -- public
    revoked_at  timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (rid)
);

ALTER TABLE access.link ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.link FORCE ROW LEVEL SECURITY;
ALTER TABLE access.link_address ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.link_address FORCE ROW LEVEL SECURITY;
ALTER TABLE access.link_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.link_file FORCE ROW LEVEL SECURITY;
ALTER TABLE access.health_card ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.health_card FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.link TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY of_the_resident ON access.health_card TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_address ON access.link_address TO ohc_app
    USING (encode(address_hash, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY by_mark ON access.link_file TO ohc_app
    USING (encode(mark, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY seen_by_purge ON access.link_address FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON access.link_address FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY seen_by_purge ON access.link_file FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON access.link_file FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

GRANT SELECT, INSERT ON access.link, access.health_card, access.revoked_card TO ohc_app;
GRANT UPDATE (attempts_left, revoked_at, opened_at) ON access.link TO ohc_app;
GRANT UPDATE (revoked_at) ON access.health_card TO ohc_app;
GRANT SELECT, INSERT, DELETE ON access.link_address, access.link_file TO ohc_app;

-- Of how many residents somebody has read on a day: by name only while the day lasts, and then by a
-- keyed mark of that day. Names no resident.
CREATE TABLE access.reading_budget (
    on_day          date         NOT NULL,  -- operational
    reader_id       uuid         NOT NULL,  -- operational
    reader_kind     text         NOT NULL CHECK (reader_kind IN ('practitioner', 'system')),  -- operational
    institution_id  uuid         NOT NULL,  -- operational
    unexplained     integer      NOT NULL DEFAULT 0,  -- operational
    explained       integer      NOT NULL DEFAULT 0,  -- operational
    refused         integer      NOT NULL DEFAULT 0,  -- operational
    stopped_at      timestamptz,            -- operational
    PRIMARY KEY (on_day, reader_id)
);

CREATE TABLE access.reading_lease (
    on_day     date   NOT NULL,  -- operational
    reader_id  uuid   NOT NULL,  -- operational
    mark       bytea  NOT NULL CHECK (octet_length(mark) = 32),  -- operational
    PRIMARY KEY (on_day, reader_id, mark)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON access.reading_budget, access.reading_lease TO ohc_app;

-- Whether somebody may read of one resident more today without a reason; theirs already is theirs.
-- The day's row is locked for the moment, so that of several processes none gives out one too many.
CREATE FUNCTION access.reserve_reading(
    reader uuid, kind_of_reader text, institution uuid, today date, resident_mark bytea, stop_at integer,
    now_at timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    used integer;
BEGIN
    INSERT INTO access.reading_budget (on_day, reader_id, reader_kind, institution_id)
    VALUES (today, reader, kind_of_reader, institution)
    ON CONFLICT (on_day, reader_id) DO NOTHING;
    SELECT b.unexplained INTO used FROM access.reading_budget b
     WHERE b.on_day = today AND b.reader_id = reader
       FOR UPDATE;
    IF EXISTS (SELECT FROM access.reading_lease l
                WHERE l.on_day = today AND l.reader_id = reader AND l.mark = resident_mark) THEN
        RETURN true;
    END IF;
    IF used + 1 >= stop_at THEN
        UPDATE access.reading_budget b
           SET refused = b.refused + 1, stopped_at = coalesce(b.stopped_at, now_at)
         WHERE b.on_day = today AND b.reader_id = reader;
        INSERT INTO access.lookup_alarm AS known
               (on_day, caller_id, kind, institution_id, times, first_at, latest_at)
        VALUES (today, reader, 'budget-spent', institution, 1, now_at, now_at)
        ON CONFLICT (on_day, caller_id, kind) DO UPDATE
           SET times = known.times + 1, latest_at = now_at, seen_at = NULL, seen_by = NULL;
        RETURN false;
    END IF;
    INSERT INTO access.reading_lease (on_day, reader_id, mark) VALUES (today, reader, resident_mark);
    UPDATE access.reading_budget b SET unexplained = used + 1
     WHERE b.on_day = today AND b.reader_id = reader;
    RETURN true;
END
$$;

-- Adds what one process has seen read with a reason; the region is told once, at the limit.
CREATE FUNCTION access.count_explained(
    reader uuid, kind_of_reader text, institution uuid, today date, residents integer, warn_at integer,
    now_at timestamptz
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    total integer;
BEGIN
    INSERT INTO access.reading_budget AS known
           (on_day, reader_id, reader_kind, institution_id, explained)
    VALUES (today, reader, kind_of_reader, institution, residents)
    ON CONFLICT (on_day, reader_id) DO UPDATE SET explained = known.explained + residents
    RETURNING known.explained INTO total;
    IF total >= warn_at AND total - residents < warn_at THEN
        INSERT INTO access.lookup_alarm
               (on_day, caller_id, kind, institution_id, times, first_at, latest_at)
        VALUES (today, reader, 'budget-warned', institution, 1, now_at, now_at)
        ON CONFLICT (on_day, caller_id, kind) DO NOTHING;
    END IF;
    RETURN total;
END
$$;

-- Who of the staff is which resident: the personnel list. Told to nobody; supervision is told whether an
-- access was to the own record or a relative's.
CREATE TABLE access.staff_person (
    resident_id      uuid         NOT NULL,                                        -- identity
    practitioner_id  uuid         NOT NULL,                                        -- identity
    tied_at          timestamptz  NOT NULL,                                        -- operational
    PRIMARY KEY (resident_id, practitioner_id)
);

CREATE INDEX staff_person_by_practitioner ON access.staff_person (practitioner_id);

ALTER TABLE access.staff_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.staff_person FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.staff_person
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_supervise ON access.staff_person FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, DELETE ON access.staff_person TO ohc_app;

-- What is on file around accesses, in the order asked: whether this institution has a visit, an order, a
-- contract or a task, and whether the resident is registered as dead. Turns to each resident and back
-- again; yes or no leaves, and nothing of an entry.
CREATE FUNCTION access.surroundings(
    resident_ids uuid[], institution_ids uuid[], moments timestamptz[]
) RETURNS TABLE (has_visit boolean, has_order boolean, has_contract boolean, has_task boolean,
                 is_dead boolean)
STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    place integer;
    turned_to text;
    turned_back text;
BEGIN
    FOR place IN 1 .. coalesce(array_length(resident_ids, 1), 0) LOOP
        turned_to := ohc.turn_to(resident_ids[place]);
        SELECT coalesce(bool_or(e.type = 'Encounter'
                                AND e.day >= (moments[place] - interval '14 days')::date), false),
               coalesce(bool_or(e.type IN ('ServiceRequest', 'MedicationRequest')
                                AND e.day >= (moments[place] - interval '30 days')::date), false),
               coalesce(bool_or(e.type IN ('EpisodeOfCare', 'CareTeam')), false),
               coalesce(bool_or(e.type = 'Task'), false)
          INTO has_visit, has_order, has_contract, has_task
          FROM record.entry e
         WHERE e.resident_id = resident_ids[place] AND e.is_current
           AND e.day >= (moments[place] - interval '366 days')::date
           AND e.day <= (moments[place] + interval '1 day')::date
           AND e.institution_id = institution_ids[place];
        is_dead := EXISTS (SELECT FROM representation.death d
                            WHERE d.resident_id = resident_ids[place] AND d.taken_back_at IS NULL
                              AND d.registered_at <= moments[place]);
        RETURN NEXT;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- Files that left, each under the name its secret marks say: what a found file is traced to. Of a
-- resident's own copy nobody is named. Kept as long as the log.
CREATE TABLE access.handed_over (
    mark_id         uuid         PRIMARY KEY,  -- operational
    made_at         timestamptz  NOT NULL,  -- operational
    form            text         NOT NULL CHECK (form IN ('lines', 'table', 'copy')),  -- operational
    agent_kind      text         NOT NULL CHECK (agent_kind IN ('system', 'practitioner', 'resident')),  -- operational
    agent_id        uuid,                   -- operational
    institution_id  uuid,                   -- operational
    CONSTRAINT of_a_resident_nothing_is_said CHECK ((agent_kind = 'resident') = (agent_id IS NULL))
);

GRANT SELECT, INSERT ON access.handed_over TO ohc_app;

-- What residents want to be told of looks, sealed; rows are added and never changed, the newest counts.
CREATE TABLE access.notice_choice (
    resident_id   uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    chosen_at     timestamptz  NOT NULL,  -- operational
    sealed        bytea        NOT NULL,  -- identity
    PRIMARY KEY (resident_id, event_number)
);

-- Of whom a resident was told on a day, or will be when the hour has come.
CREATE TABLE access.look_told (
    resident_id  uuid         NOT NULL,  -- operational
    on_day       date         NOT NULL,  -- operational
    agent_id     uuid         NOT NULL,  -- operational
    due_at       timestamptz,            -- operational
    PRIMARY KEY (resident_id, on_day, agent_id)
);

CREATE INDEX look_told_due ON access.look_told (due_at) WHERE due_at IS NOT NULL;

-- How far the log was followed, by whom.
CREATE TABLE access.followed (
    name       text    PRIMARY KEY,  -- operational
    next_leaf  bigint  NOT NULL      -- operational
);

ALTER TABLE access.notice_choice ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.notice_choice FORCE ROW LEVEL SECURITY;
ALTER TABLE access.look_told ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.look_told FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.notice_choice
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY of_the_resident ON access.look_told
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_send ON access.look_told FOR SELECT
    USING (current_setting('ohc.task', true) = 'notices');
CREATE POLICY to_forget ON access.look_told FOR DELETE
    USING (current_setting('ohc.task', true) = 'notices');

GRANT SELECT, INSERT ON access.notice_choice TO ohc_app;
GRANT SELECT, INSERT, DELETE ON access.look_told TO ohc_app;
GRANT UPDATE (due_at) ON access.look_told TO ohc_app;
GRANT SELECT, INSERT, UPDATE ON access.followed TO ohc_app;

-- Groups that an operator approved for an institution (access/groups). Of nobody: resident_id is the
-- group's own id, whose keys seal who is in it, and are destroyed when it ends.
CREATE TABLE access.export_group (
    resident_id     uuid         PRIMARY KEY,  -- operational
    institution_id  uuid         NOT NULL,  -- operational
    name            text         NOT NULL CHECK (name <> ''),  -- operational
    purpose         text         NOT NULL CHECK (purpose <> ''),  -- operational
    size            integer      NOT NULL CHECK (size > 0),  -- operational
    until           timestamptz  NOT NULL,  -- operational
    approved_at     timestamptz  NOT NULL,  -- operational
    ended_at        timestamptz,            -- operational
    members         bytea        NOT NULL,  -- identity
    CONSTRAINT what_ended_names_nobody CHECK ((ended_at IS NOT NULL) = (members = ''))
);

-- Exports of them under way: what is asked and how far it got, sealed for the system that asks.
CREATE TABLE access.export_job (
    resident_id   uuid         NOT NULL,  -- operational
    mark          bytea        NOT NULL CHECK (octet_length(mark) = 32),  -- operational
    state         bytea        NOT NULL,  -- operational
    leased_until  timestamptz  NOT NULL,  -- operational
    expires_at    timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, mark)
);

ALTER TABLE access.export_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.export_group FORCE ROW LEVEL SECURITY;
ALTER TABLE access.export_job ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.export_job FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_group ON access.export_group TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY to_review ON access.export_group FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'review');

CREATE POLICY of_the_group ON access.export_job TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (ended_at, members) ON access.export_group TO ohc_app;

GRANT SELECT, INSERT, UPDATE (state, leased_until), DELETE ON access.export_job TO ohc_app;


-- supervision: what is known about accesses and transfers across the region, with marks for residents.
-- Distribution column (Citus): none; every table here is small, of nobody's record, and a reference table
-- or on the coordinator.
CREATE SCHEMA supervision;

GRANT USAGE ON SCHEMA supervision TO ohc_app;

-- Summaries ------------------------------------------------------------------------------------

-- Up to which leaf of the public log each reader of it has come.
CREATE TABLE supervision.counted (
    name             text         PRIMARY KEY,                                     -- operational
    next_leaf        bigint       NOT NULL CHECK (next_leaf >= 0),                 -- operational
    counted_at       timestamptz  NOT NULL                                         -- operational
);

-- How often something happened in a week, by institution; zero stands for none. Small numbers are in
-- here and are shown to nobody.
CREATE TABLE supervision.tally (
    week             date         NOT NULL CHECK (extract(isodow FROM week) = 1),  -- operational
    measure          text         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    times            bigint       NOT NULL CHECK (times > 0),                      -- operational
    is_published     boolean      NOT NULL,                                        -- operational
    PRIMARY KEY (week, measure, institution_id)
);

CREATE INDEX tally_to_publish ON supervision.tally (week, measure) WHERE NOT is_published;

-- What may be shown: whole institutions, alone or together, never fewer than eleven times.
CREATE TABLE supervision.published (
    week             date         NOT NULL,                                        -- public
    measure          text         NOT NULL,                                        -- public
    division         text         NOT NULL,                                        -- public
    institution_id   uuid         NOT NULL,                                        -- public
    times            bigint       NOT NULL CHECK (times >= 11),                    -- public
    PRIMARY KEY (week, measure, division, institution_id)
);

ALTER TABLE supervision.counted ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.counted FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.tally ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.tally FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.published ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.published FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.counted
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.tally
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.published
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, UPDATE ON supervision.counted TO ohc_app;
GRANT SELECT, INSERT, UPDATE ON supervision.tally TO ohc_app;
GRANT SELECT, INSERT, DELETE ON supervision.published TO ohc_app;

-- Cases ----------------------------------------------------------------------------------------

-- Accesses somebody is asked about, and what was done about it: added, never changed. Each row is
-- sealed whole, its columns with it, so that one put in or altered by anybody else does not open.
CREATE TABLE supervision.case_file (
    case_id          uuid         PRIMARY KEY,                                     -- operational
    kind             text         NOT NULL CHECK (kind IN ('warning', 'resident-report')),  -- operational
    accused          uuid         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    alert_id         uuid,                                                         -- operational
    resident_mark    bytea        NOT NULL,                                        -- operational
    opened_at        timestamptz  NOT NULL,                                        -- operational
    due_at           timestamptz  NOT NULL,                                        -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    CONSTRAINT due_after_it_is_opened CHECK (opened_at < due_at)
);

CREATE INDEX case_by_opening ON supervision.case_file (opened_at);
CREATE INDEX case_by_mark ON supervision.case_file (resident_mark) WHERE resident_mark <> '';

CREATE TABLE supervision.case_step (
    case_id          uuid         NOT NULL REFERENCES supervision.case_file,       -- operational
    number           integer      NOT NULL CHECK (number >= 1),                    -- operational
    kind             text         NOT NULL CHECK (kind IN ('take', 'hear', 'answer', 'judge', 'confirm',
                                                           'object', 'appeal', 'suspend', 'lift')),  -- operational
    taken_by         uuid         NOT NULL,                                        -- operational
    verdict          text         CHECK (verdict IN ('explained', 'unjustified')),  -- operational
    taken_at         timestamptz  NOT NULL,                                        -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    PRIMARY KEY (case_id, number)
);

ALTER TABLE supervision.case_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.case_file FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.case_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.case_step FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.case_file
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.case_step
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT ON supervision.case_file, supervision.case_step TO ohc_app;

-- Sealing --------------------------------------------------------------------------------------

-- Orders by which records are sealed (封存). Whose they are stands in consent.record_seal. One supervisor
-- places an order, two lift it; what is said in it is sealed under the key of the region's own log.
CREATE TABLE supervision.seal_order (
    order_id         uuid         PRIMARY KEY,                                     -- operational
    breach_id        uuid,                                                         -- operational
    reason           text         NOT NULL CHECK (reason IN ('breach', 'misuse', 'authority',
                                                             'resident')),         -- operational
    placed_by        uuid         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    placed_at        timestamptz  NOT NULL,                                        -- operational
    until            timestamptz  NOT NULL,                                        -- operational
    named            integer      NOT NULL CHECK (named >= 0),                     -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    lift_asked_by    uuid,                                                         -- operational
    lift_asked_at    timestamptz,                                                  -- operational
    lift_words       bytea,                                                        -- operational
    lifted_by        uuid,                                                         -- operational
    lifted_at        timestamptz,                                                  -- operational
    ended_at         timestamptz,                                                  -- operational
    CONSTRAINT an_order_ends CHECK (placed_at < until),
    CONSTRAINT whoever_asks_says_why CHECK ((lift_asked_by IS NULL) = (lift_asked_at IS NULL)
                                            AND (lift_asked_by IS NULL) = (lift_words IS NULL)),
    CONSTRAINT two_lift_it CHECK (lifted_by IS NULL OR (lift_asked_by <> lifted_by
                                                        AND lift_asked_by IS NOT NULL
                                                        AND lifted_at IS NOT NULL))
);

CREATE INDEX seal_order_to_end ON supervision.seal_order (until) WHERE ended_at IS NULL;

ALTER TABLE supervision.seal_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.seal_order FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.seal_order
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT ON supervision.seal_order TO ohc_app;
GRANT UPDATE (lift_asked_by, lift_asked_at, lift_words, lifted_by, lifted_at, ended_at)
    ON supervision.seal_order TO ohc_app;

-- Alerts ---------------------------------------------------------------------------------------

-- What the early warning remembers of people, departments and marks: counts, bounded, of four weeks.
CREATE TABLE supervision.remembered (
    kind             text         NOT NULL,                                        -- operational
    key              bytea        NOT NULL,                                        -- operational
    content          bytea        NOT NULL,                                        -- operational
    changed_at       timestamptz  NOT NULL,                                        -- operational
    PRIMARY KEY (kind, key)
);

-- What an officer should look at. The same alert comes again with more as long as more is found; what it
-- says is sealed. Nobody deletes one before its three years are over.
CREATE TABLE supervision.alert (
    alert_id         uuid         PRIMARY KEY,                                     -- operational
    opened_at        timestamptz  NOT NULL,                                        -- operational
    latest_at        timestamptz  NOT NULL,                                        -- operational
    told_at          timestamptz  NOT NULL,                                        -- operational
    practitioner_id  uuid         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    severity         integer      NOT NULL CHECK (severity BETWEEN 1 AND 4),       -- operational
    score            real         NOT NULL CHECK (score BETWEEN 0 AND 1),          -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    state            text         NOT NULL CHECK (state IN ('open', 'dismissed', 'case')),  -- operational
    case_id          uuid,                                                         -- operational
    settled_at       timestamptz,                                                  -- operational
    settled_by       uuid,                                                         -- operational
    CONSTRAINT settled_by_somebody CHECK ((state = 'open') = (settled_at IS NULL)
                                          AND (settled_at IS NULL) = (settled_by IS NULL)
                                          AND (state = 'case') = (case_id IS NOT NULL))
);

CREATE INDEX alert_open ON supervision.alert (institution_id, opened_at) WHERE state = 'open';
CREATE INDEX alert_by_opening ON supervision.alert (opened_at);

-- The editions of the rules: one writes, another approves; the newest approved is in force. `seal` is
-- keyed over the text and both persons: a row put in by anybody else is not taken for an edition.
CREATE TABLE supervision.rule_edition (
    number           integer      PRIMARY KEY CHECK (number >= 1),                 -- operational
    document         text         NOT NULL CHECK (document <> ''),                 -- operational
    reason           text         NOT NULL CHECK (reason <> ''),                   -- operational
    author_id        uuid         NOT NULL,                                        -- operational
    proposed_at      timestamptz  NOT NULL,                                        -- operational
    state            text         NOT NULL CHECK (state IN ('proposed', 'approved', 'refused', 'given-up')),  -- operational
    decider_id       uuid         CHECK (decider_id <> author_id),                 -- operational
    decided_at       timestamptz,                                                  -- operational
    seal             bytea        CHECK (octet_length(seal) = 32),                 -- operational
    CONSTRAINT decided_by_another CHECK ((state IN ('approved', 'refused')) = (decider_id IS NOT NULL)
                                         AND (state = 'proposed') = (decided_at IS NULL)
                                         AND (state = 'approved') = (seal IS NOT NULL))
);

CREATE UNIQUE INDEX rule_edition_in_work ON supervision.rule_edition ((true)) WHERE state = 'proposed';

ALTER TABLE supervision.remembered ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.remembered FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.alert ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.alert FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.rule_edition ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.rule_edition FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.remembered
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.alert FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_tell ON supervision.alert FOR INSERT
    WITH CHECK (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_settle ON supervision.alert FOR UPDATE
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_forget ON supervision.alert FOR DELETE
    USING (current_setting('ohc.task', true) = 'supervision'
           AND state <> 'open' AND latest_at < statement_timestamp() - interval '3 years');
CREATE POLICY to_supervise ON supervision.rule_edition
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, UPDATE, DELETE ON supervision.remembered, supervision.alert TO ohc_app;
GRANT SELECT, INSERT ON supervision.rule_edition TO ohc_app;
GRANT UPDATE (state, decider_id, decided_at, seal) ON supervision.rule_edition TO ohc_app;

-- Reports --------------------------------------------------------------------------------------

-- What the resident who reported was told last: in their own log, in the same transaction.
CREATE TABLE supervision.case_told (
    case_id          uuid         PRIMARY KEY REFERENCES supervision.case_file,    -- operational
    told             text         NOT NULL,                                        -- operational
    is_over          boolean      NOT NULL                                         -- operational
);

ALTER TABLE supervision.case_told ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.case_told FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.case_told
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, UPDATE ON supervision.case_told TO ohc_app;

-- Breaches -------------------------------------------------------------------------------------

-- Leaks (泄露事件) and what was done about each: added, never changed. Whom they concern is found in the
-- log by access and stands nowhere here; words are sealed under the key of the region's own log.
CREATE TABLE supervision.breach (
    breach_id        uuid         PRIMARY KEY,                                     -- operational
    suspect          text         NOT NULL CHECK (suspect IN ('practitioner', 'system',
                                                              'institution')),     -- operational
    agent_id         uuid         NOT NULL,                                        -- operational
    since            timestamptz  NOT NULL,                                        -- operational
    until            timestamptz  NOT NULL,                                        -- operational
    known_at         timestamptz  NOT NULL,                                        -- operational
    opened_by        uuid         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    opened_at        timestamptz  NOT NULL,                                        -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    CONSTRAINT a_span_is_not_empty CHECK (since < until)
);

CREATE TABLE supervision.breach_step (
    breach_id        uuid         NOT NULL REFERENCES supervision.breach,          -- operational
    number           integer      NOT NULL CHECK (number >= 1),                    -- operational
    kind             text         NOT NULL CHECK (kind IN ('contain', 'see', 'seal', 'notify', 'report',
                                                           'ask-close', 'close')),  -- operational
    taken_by         uuid         NOT NULL,                                        -- operational
    taken_at         timestamptz  NOT NULL,                                        -- operational
    done             integer      NOT NULL CHECK (done >= 0),                      -- operational
    of_all           integer      NOT NULL CHECK (of_all >= 0),                    -- operational
    order_id         uuid,                                                         -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    PRIMARY KEY (breach_id, number)
);

ALTER TABLE supervision.breach ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.breach FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.breach_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.breach_step FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.breach
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.breach_step
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT ON supervision.breach, supervision.breach_step TO ohc_app;

-- Checks ---------------------------------------------------------------------------------------

-- What an auditor had checked, and what was found, by kind; ids and counts alone.
CREATE TABLE supervision.check_run (
    name             text         NOT NULL,                                        -- operational
    asked_at         timestamptz  NOT NULL,                                        -- operational
    asked_by         uuid         NOT NULL,                                        -- operational
    finished_at      timestamptz  CHECK (finished_at >= asked_at),                 -- operational
    checked          bigint       CHECK (checked >= 0),                            -- operational
    kinds            text[]       CHECK (cardinality(kinds) = cardinality(times)), -- operational
    times            bigint[],                                                     -- operational
    PRIMARY KEY (name, asked_at)
);

ALTER TABLE supervision.check_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.check_run FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.check_run
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, UPDATE ON supervision.check_run TO ohc_app;
