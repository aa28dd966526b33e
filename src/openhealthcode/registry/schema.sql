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

GRANT SELECT, INSERT, UPDATE ON registry.institution, registry.practitioner, registry.system TO ohc_app;
