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
