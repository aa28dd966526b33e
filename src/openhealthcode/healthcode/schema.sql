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
