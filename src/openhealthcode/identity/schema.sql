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
