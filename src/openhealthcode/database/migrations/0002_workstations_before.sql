-- At which browsers whose staff sign in, by the number the log has of a browser: where each of them stands.
CREATE TABLE sign_in.workstation (
    workstation     bytea        NOT NULL CHECK (octet_length(workstation) = 8),  -- operational
    institution_id  uuid         NOT NULL,                                        -- operational
    sign_ins        bigint       NOT NULL CHECK (sign_ins > 0),                   -- operational
    seen_at         timestamptz  NOT NULL,                                        -- operational
    PRIMARY KEY (workstation, institution_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in.workstation TO ohc_app;
