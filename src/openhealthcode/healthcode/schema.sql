-- healthcode: enrolled phones, spent codes, and who was shown a code.
-- Distribution columns (Citus): device by device_reference, spent by mark, presentation by
-- resident_id. No code is stored: a mark is the random-looking part of one and opens nothing.
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
                     CHECK (presented_by IN ('code', 'card', 'document')),  -- operational
    PRIMARY KEY (resident_id, presentation_id)
);

ALTER TABLE healthcode.device ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.device FORCE ROW LEVEL SECURITY;
ALTER TABLE healthcode.spent ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.spent FORCE ROW LEVEL SECURITY;
ALTER TABLE healthcode.presentation ENABLE ROW LEVEL SECURITY;
ALTER TABLE healthcode.presentation FORCE ROW LEVEL SECURITY;

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

GRANT SELECT, INSERT, DELETE ON healthcode.device, healthcode.spent TO ohc_app;
GRANT SELECT, INSERT ON healthcode.presentation TO ohc_app;
