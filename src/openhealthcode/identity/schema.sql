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

-- As received; never changed. Receiving the same again from the same source is the same record.
CREATE TABLE identity.identity_record (
    resident_id     uuid         NOT NULL,                                        -- operational
    record_key      bytea        NOT NULL CHECK (octet_length(record_key) = 32),  -- identity
    institution_id  uuid,                                                         -- operational
    verification    text         NOT NULL CHECK (verification IN ('asserted', 'seen', 'checked')),  -- operational
    received_at     timestamptz  NOT NULL,                                        -- operational
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
GRANT UPDATE (verification, valid_until, is_active, superseded_at, superseded_by)
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
                                 CHECK (answer IN ('merged', 'not-same', 'dismissed', 'reopened')),  -- operational
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
