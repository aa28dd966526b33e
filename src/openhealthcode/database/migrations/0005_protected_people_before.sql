-- Looks at whom are watched closely, by the mark of the early warning: asked by one supervisor, confirmed by
-- another who types the same number, over by itself. Who it is stands nowhere.
CREATE TABLE supervision.protected (
    resident_mark    bytea        NOT NULL CHECK (octet_length(resident_mark) = 32),  -- operational
    asked_at         timestamptz  NOT NULL,                                        -- operational
    asked_by         uuid         NOT NULL,                                        -- operational
    until            timestamptz  NOT NULL,                                        -- operational
    confirmed_at     timestamptz,                                                  -- operational
    confirmed_by     uuid,                                                         -- operational
    PRIMARY KEY (resident_mark, asked_at),
    CONSTRAINT protected_for_a_while CHECK (asked_at < until),
    CONSTRAINT two_persons_protect CHECK (confirmed_by <> asked_by),
    CONSTRAINT confirmation_is_attributed CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL))
);

ALTER TABLE supervision.protected ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.protected FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.protected
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT ON supervision.protected TO ohc_app;
GRANT UPDATE (confirmed_at, confirmed_by) ON supervision.protected TO ohc_app;
