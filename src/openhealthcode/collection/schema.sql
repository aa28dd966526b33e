-- collection: what residents answered about single data elements, and what deliveries held.
-- A delivery's row names elements and verdicts, never a resident or a value.
-- Distribution columns (Citus): resident_id; delivery and lenient_sender by institution_id.
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

GRANT SELECT, INSERT, UPDATE ON collection.choice TO ohc_app;

-- Every delivery that named a scene: added, never changed, so that senders never wait for a counter.
CREATE TABLE collection.delivery (
    institution_id  uuid         NOT NULL,  -- operational
    delivery_id     uuid         NOT NULL,  -- operational
    delivered_at    timestamptz  NOT NULL,  -- operational
    rule            text         NOT NULL,  -- operational
    is_refused      boolean      NOT NULL,  -- operational
    elements        text[]       NOT NULL,  -- operational
    verdicts        text[]       NOT NULL,  -- operational
    PRIMARY KEY (institution_id, delivery_id),
    CONSTRAINT a_verdict_for_each_element CHECK (cardinality(elements) = cardinality(verdicts))
);

CREATE INDEX deliveries_of_an_institution ON collection.delivery (institution_id, delivered_at);

GRANT SELECT, INSERT ON collection.delivery TO ohc_app;

-- Senders whose deliveries are filed without what is beyond the rule, instead of refused.
CREATE TABLE collection.lenient_sender (
    institution_id  uuid         PRIMARY KEY,  -- operational
    until           timestamptz  NOT NULL      -- operational
);

GRANT SELECT, INSERT, UPDATE ON collection.lenient_sender TO ohc_app;
