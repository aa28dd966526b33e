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
