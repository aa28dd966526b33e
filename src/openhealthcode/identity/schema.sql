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
    verification    text         NOT NULL CHECK (verification IN ('asserted', 'seen')),  -- operational
    received_at     timestamptz  NOT NULL,                                        -- operational
    sealed          bytea        NOT NULL,                                        -- identity
    PRIMARY KEY (resident_id, record_key)
);

-- name_key, birth_key and sex_key are hashed together with the certificate: equal names do not show.
CREATE TABLE identity.identifier (
    identifier_key  bytea        NOT NULL CHECK (octet_length(identifier_key) = 32),  -- identity
    resident_id     uuid         NOT NULL,                                            -- operational
    name_key        bytea        NOT NULL CHECK (octet_length(name_key) = 32),        -- identity
    birth_key       bytea        CHECK (octet_length(birth_key) = 32),                -- identity
    sex_key         bytea        CHECK (octet_length(sex_key) = 32),                  -- identity
    sealed          bytea        NOT NULL,                                            -- identity
    verification    text         NOT NULL CHECK (verification IN ('asserted', 'seen')),  -- operational
    is_active       boolean      NOT NULL,                                            -- operational
    added_at        timestamptz  NOT NULL,                                            -- operational
    PRIMARY KEY (identifier_key, resident_id)
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
CREATE TABLE identity.review_item (
    resident_id      uuid         NOT NULL,                                        -- operational
    review_key       bytea        NOT NULL CHECK (octet_length(review_key) = 32),  -- identity
    reason           text         NOT NULL,                                        -- operational
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
GRANT DELETE ON identity.identifier TO ohc_app;
GRANT UPDATE (unbound_at) ON identity.phone TO ohc_app;
