-- supervision: what is known about accesses and transfers across the region, with marks for residents.
-- Distribution column (Citus): none; every table here is small, of nobody's record, and a reference table
-- or on the coordinator.
CREATE SCHEMA supervision;

GRANT USAGE ON SCHEMA supervision TO ohc_app;

-- Summaries ------------------------------------------------------------------------------------

-- Up to which leaf of the public log each reader of it has come.
CREATE TABLE supervision.counted (
    name             text         PRIMARY KEY,                                     -- operational
    next_leaf        bigint       NOT NULL CHECK (next_leaf >= 0),                 -- operational
    counted_at       timestamptz  NOT NULL                                         -- operational
);

-- How often something happened in a week, by institution; zero stands for none. Small numbers are in
-- here and are shown to nobody.
CREATE TABLE supervision.tally (
    week             date         NOT NULL CHECK (extract(isodow FROM week) = 1),  -- operational
    measure          text         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    times            bigint       NOT NULL CHECK (times > 0),                      -- operational
    is_published     boolean      NOT NULL,                                        -- operational
    PRIMARY KEY (week, measure, institution_id)
);

CREATE INDEX tally_to_publish ON supervision.tally (week, measure) WHERE NOT is_published;

-- What may be shown: whole institutions, alone or together, never fewer than eleven times.
CREATE TABLE supervision.published (
    week             date         NOT NULL,                                        -- public
    measure          text         NOT NULL,                                        -- public
    division         text         NOT NULL,                                        -- public
    institution_id   uuid         NOT NULL,                                        -- public
    times            bigint       NOT NULL CHECK (times >= 11),                    -- public
    PRIMARY KEY (week, measure, division, institution_id)
);

ALTER TABLE supervision.counted ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.counted FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.tally ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.tally FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.published ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.published FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.counted
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.tally
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.published
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, UPDATE ON supervision.counted TO ohc_app;
GRANT SELECT, INSERT, UPDATE ON supervision.tally TO ohc_app;
GRANT SELECT, INSERT, DELETE ON supervision.published TO ohc_app;

-- Cases ----------------------------------------------------------------------------------------

-- Accesses somebody is asked about, and what was done about it: added, never changed. Each row is
-- sealed whole, its columns with it, so that one put in or altered by anybody else does not open.
CREATE TABLE supervision.case_file (
    case_id          uuid         PRIMARY KEY,                                     -- operational
    kind             text         NOT NULL CHECK (kind IN ('warning', 'resident-report')),  -- operational
    accused          uuid         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    alert_id         uuid,                                                         -- operational
    resident_mark    bytea        NOT NULL,                                        -- operational
    opened_at        timestamptz  NOT NULL,                                        -- operational
    due_at           timestamptz  NOT NULL,                                        -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    CONSTRAINT due_after_it_is_opened CHECK (opened_at < due_at)
);

CREATE INDEX case_by_opening ON supervision.case_file (opened_at);
CREATE INDEX case_by_mark ON supervision.case_file (resident_mark) WHERE resident_mark <> '';

CREATE TABLE supervision.case_step (
    case_id          uuid         NOT NULL REFERENCES supervision.case_file,       -- operational
    number           integer      NOT NULL CHECK (number >= 1),                    -- operational
    kind             text         NOT NULL CHECK (kind IN ('take', 'hear', 'answer', 'judge', 'confirm',
                                                           'object', 'appeal', 'suspend', 'lift')),  -- operational
    taken_by         uuid         NOT NULL,                                        -- operational
    verdict          text         CHECK (verdict IN ('explained', 'unjustified')),  -- operational
    taken_at         timestamptz  NOT NULL,                                        -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    PRIMARY KEY (case_id, number)
);

ALTER TABLE supervision.case_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.case_file FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.case_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.case_step FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.case_file
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.case_step
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT ON supervision.case_file, supervision.case_step TO ohc_app;

-- Sealing --------------------------------------------------------------------------------------

-- Orders by which records are sealed (封存). Whose they are stands in consent.record_seal. One supervisor
-- places an order, two lift it; what is said in it is sealed under the key of the region's own log.
CREATE TABLE supervision.seal_order (
    order_id         uuid         PRIMARY KEY,                                     -- operational
    breach_id        uuid,                                                         -- operational
    reason           text         NOT NULL CHECK (reason IN ('breach', 'misuse', 'authority',
                                                             'resident')),         -- operational
    placed_by        uuid         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    placed_at        timestamptz  NOT NULL,                                        -- operational
    until            timestamptz  NOT NULL,                                        -- operational
    named            integer      NOT NULL CHECK (named >= 0),                     -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    lift_asked_by    uuid,                                                         -- operational
    lift_asked_at    timestamptz,                                                  -- operational
    lift_words       bytea,                                                        -- operational
    lifted_by        uuid,                                                         -- operational
    lifted_at        timestamptz,                                                  -- operational
    ended_at         timestamptz,                                                  -- operational
    CONSTRAINT an_order_ends CHECK (placed_at < until),
    CONSTRAINT whoever_asks_says_why CHECK ((lift_asked_by IS NULL) = (lift_asked_at IS NULL)
                                            AND (lift_asked_by IS NULL) = (lift_words IS NULL)),
    CONSTRAINT two_lift_it CHECK (lifted_by IS NULL OR (lift_asked_by <> lifted_by
                                                        AND lift_asked_by IS NOT NULL
                                                        AND lifted_at IS NOT NULL))
);

CREATE INDEX seal_order_to_end ON supervision.seal_order (until) WHERE ended_at IS NULL;

ALTER TABLE supervision.seal_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.seal_order FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.seal_order
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT ON supervision.seal_order TO ohc_app;
GRANT UPDATE (lift_asked_by, lift_asked_at, lift_words, lifted_by, lifted_at, ended_at)
    ON supervision.seal_order TO ohc_app;

-- Alerts ---------------------------------------------------------------------------------------

-- What the early warning remembers of people, departments and marks: counts, bounded, of four weeks.
CREATE TABLE supervision.remembered (
    kind             text         NOT NULL,                                        -- operational
    key              bytea        NOT NULL,                                        -- operational
    content          bytea        NOT NULL,                                        -- operational
    changed_at       timestamptz  NOT NULL,                                        -- operational
    PRIMARY KEY (kind, key)
);

-- What an officer should look at. The same alert comes again with more as long as more is found; what it
-- says is sealed. Nobody deletes one before its three years are over.
CREATE TABLE supervision.alert (
    alert_id         uuid         PRIMARY KEY,                                     -- operational
    opened_at        timestamptz  NOT NULL,                                        -- operational
    latest_at        timestamptz  NOT NULL,                                        -- operational
    told_at          timestamptz  NOT NULL,                                        -- operational
    practitioner_id  uuid         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    severity         integer      NOT NULL CHECK (severity BETWEEN 1 AND 4),       -- operational
    score            real         NOT NULL CHECK (score BETWEEN 0 AND 1),          -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    state            text         NOT NULL CHECK (state IN ('open', 'dismissed', 'case')),  -- operational
    case_id          uuid,                                                         -- operational
    settled_at       timestamptz,                                                  -- operational
    settled_by       uuid,                                                         -- operational
    CONSTRAINT settled_by_somebody CHECK ((state = 'open') = (settled_at IS NULL)
                                          AND (settled_at IS NULL) = (settled_by IS NULL)
                                          AND (state = 'case') = (case_id IS NOT NULL))
);

CREATE INDEX alert_open ON supervision.alert (institution_id, opened_at) WHERE state = 'open';
CREATE INDEX alert_by_opening ON supervision.alert (opened_at);

-- The editions of the rules: one writes, another approves; the newest approved is in force. `seal` is
-- keyed over the text and both persons: a row put in by anybody else is not taken for an edition.
CREATE TABLE supervision.rule_edition (
    number           integer      PRIMARY KEY CHECK (number >= 1),                 -- operational
    document         text         NOT NULL CHECK (document <> ''),                 -- operational
    reason           text         NOT NULL CHECK (reason <> ''),                   -- operational
    author_id        uuid         NOT NULL,                                        -- operational
    proposed_at      timestamptz  NOT NULL,                                        -- operational
    state            text         NOT NULL CHECK (state IN ('proposed', 'approved', 'refused', 'given-up')),  -- operational
    decider_id       uuid         CHECK (decider_id <> author_id),                 -- operational
    decided_at       timestamptz,                                                  -- operational
    seal             bytea        CHECK (octet_length(seal) = 32),                 -- operational
    CONSTRAINT decided_by_another CHECK ((state IN ('approved', 'refused')) = (decider_id IS NOT NULL)
                                         AND (state = 'proposed') = (decided_at IS NULL)
                                         AND (state = 'approved') = (seal IS NOT NULL))
);

CREATE UNIQUE INDEX rule_edition_in_work ON supervision.rule_edition ((true)) WHERE state = 'proposed';

ALTER TABLE supervision.remembered ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.remembered FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.alert ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.alert FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.rule_edition ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.rule_edition FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.remembered
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.alert FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_tell ON supervision.alert FOR INSERT
    WITH CHECK (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_settle ON supervision.alert FOR UPDATE
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_forget ON supervision.alert FOR DELETE
    USING (current_setting('ohc.task', true) = 'supervision'
           AND state <> 'open' AND latest_at < statement_timestamp() - interval '3 years');
CREATE POLICY to_supervise ON supervision.rule_edition
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, UPDATE, DELETE ON supervision.remembered, supervision.alert TO ohc_app;
GRANT SELECT, INSERT ON supervision.rule_edition TO ohc_app;
GRANT UPDATE (state, decider_id, decided_at, seal) ON supervision.rule_edition TO ohc_app;

-- Reports --------------------------------------------------------------------------------------

-- What the resident who reported was told last: in their own log, in the same transaction.
CREATE TABLE supervision.case_told (
    case_id          uuid         PRIMARY KEY REFERENCES supervision.case_file,    -- operational
    told             text         NOT NULL,                                        -- operational
    is_over          boolean      NOT NULL                                         -- operational
);

ALTER TABLE supervision.case_told ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.case_told FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.case_told
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, UPDATE ON supervision.case_told TO ohc_app;

-- Breaches -------------------------------------------------------------------------------------

-- Leaks (泄露事件) and what was done about each: added, never changed. Whom they concern is found in the
-- log by access and stands nowhere here; words are sealed under the key of the region's own log.
CREATE TABLE supervision.breach (
    breach_id        uuid         PRIMARY KEY,                                     -- operational
    suspect          text         NOT NULL CHECK (suspect IN ('practitioner', 'system',
                                                              'institution')),     -- operational
    agent_id         uuid         NOT NULL,                                        -- operational
    since            timestamptz  NOT NULL,                                        -- operational
    until            timestamptz  NOT NULL,                                        -- operational
    known_at         timestamptz  NOT NULL,                                        -- operational
    opened_by        uuid         NOT NULL,                                        -- operational
    institution_id   uuid         NOT NULL,                                        -- operational
    opened_at        timestamptz  NOT NULL,                                        -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    CONSTRAINT a_span_is_not_empty CHECK (since < until)
);

CREATE TABLE supervision.breach_step (
    breach_id        uuid         NOT NULL REFERENCES supervision.breach,          -- operational
    number           integer      NOT NULL CHECK (number >= 1),                    -- operational
    kind             text         NOT NULL CHECK (kind IN ('contain', 'see', 'seal', 'take-back', 'notify',
                                                           'report', 'ask-close', 'close')),  -- operational
    taken_by         uuid         NOT NULL,                                        -- operational
    taken_at         timestamptz  NOT NULL,                                        -- operational
    done             integer      NOT NULL CHECK (done >= 0),                      -- operational
    of_all           integer      NOT NULL CHECK (of_all >= 0),                    -- operational
    order_id         uuid,                                                         -- operational
    sealed           bytea        NOT NULL,                                        -- operational
    PRIMARY KEY (breach_id, number)
);

ALTER TABLE supervision.breach ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.breach FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision.breach_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.breach_step FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.breach
    USING (current_setting('ohc.task', true) = 'supervision');
CREATE POLICY to_supervise ON supervision.breach_step
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT ON supervision.breach, supervision.breach_step TO ohc_app;

-- Checks ---------------------------------------------------------------------------------------

-- What an auditor had checked, and what was found, by kind; ids and counts alone.
CREATE TABLE supervision.check_run (
    name             text         NOT NULL,                                        -- operational
    asked_at         timestamptz  NOT NULL,                                        -- operational
    asked_by         uuid         NOT NULL,                                        -- operational
    finished_at      timestamptz  CHECK (finished_at >= asked_at),                 -- operational
    checked          bigint       CHECK (checked >= 0),                            -- operational
    kinds            text[]       CHECK (cardinality(kinds) = cardinality(times)), -- operational
    times            bigint[],                                                     -- operational
    PRIMARY KEY (name, asked_at)
);

ALTER TABLE supervision.check_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE supervision.check_run FORCE ROW LEVEL SECURITY;

CREATE POLICY to_supervise ON supervision.check_run
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, UPDATE ON supervision.check_run TO ohc_app;

-- Protected people ----------------------------------------------------------------------------------

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
