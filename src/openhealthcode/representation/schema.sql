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
