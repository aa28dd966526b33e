-- collection: what residents answered about single data elements, what deliveries held, how long
-- it is kept and whether anybody read it, and what the public asks about the rules.
-- A row of deliveries or of the tally names elements and what became of them, never a resident or a
-- value; what is held of a resident, element by element, is sealed under the resident's own key.
-- Distribution columns (Citus): resident_id; delivery, tally and lenient_sender by institution_id;
-- question is local to the coordinator.
CREATE SCHEMA collection;

GRANT USAGE ON SCHEMA collection TO ohc_app;

-- What a resident agreed to or refused, in one scene, of one element; the latest answer.
CREATE TABLE collection.choice (
    resident_id  uuid         NOT NULL,  -- operational
    scene        text         NOT NULL,  -- operational
    element      text         NOT NULL,  -- operational
    is_agreed    boolean      NOT NULL,  -- health
    decided_at   timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, scene, element)
);

ALTER TABLE collection.choice ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.choice FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.choice TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid)
    WITH CHECK (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
-- How many refused an element is public, rounded; who did is nobody's business.
CREATE POLICY to_count ON collection.choice FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'supervision');

CREATE INDEX refused_elements ON collection.choice (scene, element) WHERE NOT is_agreed;

GRANT SELECT, INSERT, UPDATE ON collection.choice TO ohc_app;

-- Every delivery that named a scene: added, never changed, so that senders never wait for a counter.
-- A queue: within minutes it is counted into the tally and gone, so that it cannot be laid beside
-- what was filed at the same moment.
CREATE TABLE collection.delivery (
    institution_id  uuid         NOT NULL,  -- operational
    delivery_id     uuid         NOT NULL,  -- operational
    delivered_at    timestamptz  NOT NULL,  -- operational
    rule            text         NOT NULL,  -- operational
    is_refused      boolean      NOT NULL,  -- operational
    elements        text[]       NOT NULL,  -- operational
    verdicts        text[]       NOT NULL,  -- operational
    kept            integer[]    NOT NULL,  -- operational; entries filed that hold the element
    PRIMARY KEY (institution_id, delivery_id),
    CONSTRAINT a_verdict_for_each_element CHECK (cardinality(elements) = cardinality(verdicts)),
    CONSTRAINT a_count_for_each_element CHECK (cardinality(elements) = cardinality(kept))
);

CREATE INDEX deliveries_of_an_institution ON collection.delivery (institution_id, delivered_at);

GRANT SELECT, INSERT, DELETE ON collection.delivery TO ohc_app;

-- The same counted by month: how often an element was asked for in an institution's deliveries,
-- and what became of it. ``kept`` counts entries, and ``read`` those of them somebody else was shown.
CREATE TABLE collection.tally (
    institution_id  uuid    NOT NULL,  -- operational
    month           date    NOT NULL CHECK (extract(day FROM month) = 1),  -- operational
    rule            text    NOT NULL,  -- operational
    element         text    NOT NULL,  -- operational
    fate            text    NOT NULL,  -- operational
    count           bigint  NOT NULL CHECK (count > 0),  -- operational
    PRIMARY KEY (institution_id, month, rule, element, fate)
);

CREATE INDEX tally_by_element ON collection.tally (element, month);

GRANT SELECT, INSERT, UPDATE ON collection.tally TO ohc_app;

-- What is held of a resident, by entry: which elements, under which rule, until when, and whether
-- anybody else was ever shown them. Sealed, because elements tell what somebody has; in clear is only
-- the day on which something has to be looked at again, null when nothing of it ever ends.
CREATE TABLE collection.held (
    resident_id     uuid     NOT NULL,  -- operational
    entry_id        uuid     NOT NULL,  -- operational
    institution_id  uuid     NOT NULL,  -- operational; who handed it in
    ends_on         date,               -- operational
    is_unread       boolean  NOT NULL,  -- operational
    sealed          bytea    NOT NULL,  -- health
    PRIMARY KEY (resident_id, entry_id)
);

CREATE INDEX held_ending ON collection.held (ends_on) WHERE ends_on IS NOT NULL;

ALTER TABLE collection.held ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.held FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.held
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_retain ON collection.held FOR SELECT
    USING (current_setting('ohc.task', true) = 'retention');

GRANT SELECT, INSERT, UPDATE, DELETE ON collection.held TO ohc_app;

-- Up to which event a resident's log was followed to see what of it was read.
CREATE TABLE collection.followed (
    resident_id  uuid    PRIMARY KEY,  -- operational
    number       bigint  NOT NULL CHECK (number >= 0)  -- operational
);

ALTER TABLE collection.followed ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.followed FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.followed
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_verify ON collection.followed FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

GRANT SELECT, INSERT, UPDATE, DELETE ON collection.followed TO ohc_app;

-- Versions of entries whose time was over: where the log says that they were filed, and destroyed.
CREATE TABLE collection.destroyed (
    resident_id   uuid     NOT NULL,  -- operational
    entry_id      uuid     NOT NULL,  -- operational
    version       integer  NOT NULL,  -- operational
    filed_number  bigint   NOT NULL,  -- operational
    event_number  bigint   NOT NULL,  -- operational
    PRIMARY KEY (resident_id, entry_id, version)
);

ALTER TABLE collection.destroyed ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.destroyed FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.destroyed
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_verify ON collection.destroyed FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

GRANT SELECT, INSERT ON collection.destroyed TO ohc_app;

-- Senders whose deliveries are filed without what is beyond the rule, instead of refused.
-- Each permission is a row that stays; the newest holds.
CREATE TABLE collection.lenient_sender (
    institution_id  uuid         NOT NULL,  -- public
    allowed_at      timestamptz  NOT NULL,  -- public
    until           timestamptz  NOT NULL,  -- public
    allowed_by      uuid,                   -- operational; null for the operator's command
    PRIMARY KEY (institution_id, allowed_at)
);

GRANT SELECT, INSERT ON collection.lenient_sender TO ohc_app;

-- What anybody asked about a rule. Shown to everybody once it is answered, in words that the answerer
-- checked for personal matters; until then only to whoever answers, and to nobody who is not named.
CREATE TABLE collection.question (
    question_id   uuid         PRIMARY KEY,  -- public
    scene         text         NOT NULL,     -- public
    element       text         NOT NULL,     -- public; empty for the rule as a whole
    words         text         NOT NULL CHECK (length(words) BETWEEN 1 AND 300),  -- operational
    asked_at      timestamptz  NOT NULL,     -- public
    due_at        timestamptz  NOT NULL,     -- public
    answered_at   timestamptz,               -- public
    answered_by   uuid,                      -- operational
    is_published  boolean,                   -- public; false when set aside
    question      text,                      -- public; the words as published
    answer        text,                      -- public; or why it was set aside
    CONSTRAINT answered_whole CHECK (
        (answered_at IS NULL) = (answer IS NULL)
        AND (answered_at IS NULL) = (is_published IS NULL)
        AND (answered_at IS NULL) = (answered_by IS NULL)
        AND coalesce(is_published, false) = (question IS NOT NULL))
);

CREATE INDEX question_open ON collection.question (due_at) WHERE answered_at IS NULL;
CREATE INDEX question_by_rule ON collection.question (scene, element, asked_at);

GRANT SELECT, INSERT, UPDATE (answered_at, answered_by, is_published, question, answer)
    ON collection.question TO ohc_app;

-- Going again through what was filed, once for each way of telling what betrays (`reading`: the edition
-- of the sensitive map and the program's way of reading entries). One process at a time has the lease;
-- what it was doing when it stopped is done again by the next.
-- Distribution (Citus): reference table.
CREATE TABLE collection.reread (
    run           integer      PRIMARY KEY CHECK (run >= 1),                      -- operational
    reading       bytea        NOT NULL CHECK (octet_length(reading) = 32),       -- public
    edition       text         NOT NULL,                                          -- public
    reached       uuid         NOT NULL,                                          -- operational
    leased_until  timestamptz  NOT NULL,                                          -- operational
    started_at    timestamptz  NOT NULL,                                          -- operational
    finished_at   timestamptz,                                                    -- operational
    residents     bigint       NOT NULL,                                          -- operational
    closed        bigint       NOT NULL                                           -- operational
);

GRANT SELECT, INSERT, UPDATE (reached, leased_until, finished_at, residents, closed)
    ON collection.reread TO ohc_app;

-- Deliveries whose Patient names an ID number that cannot be one, kept whole until a registrar has seen
-- the card. Nobody knows whose they are: each lies under the keys of an id of its own, destroyed with
-- what they seal when it is answered.
CREATE TABLE collection.waiting (
    resident_id     uuid         NOT NULL,  -- operational; an id of nobody
    institution_id  uuid         NOT NULL,  -- operational
    fingerprint     bytea        NOT NULL CHECK (octet_length(fingerprint) = 32),  -- operational
    received_at     timestamptz  NOT NULL,  -- operational
    sealed          bytea,                  -- health; null when answered
    answer          text         CHECK (answer IN ('filed', 'dismissed')),  -- operational
    answered_at     timestamptz,            -- operational
    answered_by     uuid,                   -- operational
    PRIMARY KEY (resident_id),
    CONSTRAINT what_waits_is_there CHECK ((answer IS NULL) = (sealed IS NOT NULL)),
    CONSTRAINT answering_is_attributed CHECK (
        (answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (answered_by IS NULL))
);

CREATE INDEX waiting_by_institution ON collection.waiting (institution_id, received_at)
    WHERE answer IS NULL;

CREATE INDEX waiting_by_fingerprint ON collection.waiting (fingerprint) WHERE answer IS NULL;

ALTER TABLE collection.waiting ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection.waiting FORCE ROW LEVEL SECURITY;
CREATE POLICY by_resident ON collection.waiting
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY by_fingerprint ON collection.waiting FOR SELECT
    USING (encode(fingerprint, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));
CREATE POLICY to_review ON collection.waiting FOR SELECT
    USING (current_setting('ohc.task', true) = 'review');

GRANT SELECT, INSERT, UPDATE (sealed, answer, answered_at, answered_by) ON collection.waiting TO ohc_app;
