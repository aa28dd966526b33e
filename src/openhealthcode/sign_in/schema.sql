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

-- At which browsers whose staff sign in, by the number the log has of a browser: where each of them stands.
CREATE TABLE sign_in.workstation (
    workstation     bytea        NOT NULL CHECK (octet_length(workstation) = 8),  -- operational
    institution_id  uuid         NOT NULL,                                        -- operational
    sign_ins        bigint       NOT NULL CHECK (sign_ins > 0),                   -- operational
    seen_at         timestamptz  NOT NULL,                                        -- operational
    PRIMARY KEY (workstation, institution_id)
);

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
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in.workstation TO ohc_app;
GRANT SELECT, INSERT, DELETE ON sign_in.passkey TO ohc_app;
GRANT UPDATE (sign_count) ON sign_in.passkey TO ohc_app;
