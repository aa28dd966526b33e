-- consent: what residents are asked, allow and refuse.
-- What a provision opens is told in tokens under the resident's own key: a copy of the tables does
-- not say which categories somebody closed. A keyed seal covers each provision, so that one written
-- or altered by anybody else opens nothing. Rows change only by an answer and by a withdrawal.
-- Distribution column (Citus): resident_id.
CREATE SCHEMA consent;

GRANT USAGE ON SCHEMA consent TO ohc_app;

CREATE TABLE consent.request (
    resident_id       uuid         NOT NULL,  -- operational
    request_id        uuid         NOT NULL,  -- operational
    presentation_id   uuid,                   -- operational
    practitioner_id   uuid,                   -- operational
    institution_id    uuid         NOT NULL,  -- operational
    purpose           text         NOT NULL,  -- operational
    scene             text         NOT NULL,  -- operational
    category_tokens   bytea[]      NOT NULL,  -- health
    lifetime_seconds  integer      NOT NULL CHECK (lifetime_seconds > 0),  -- operational
    event_number      bigint       NOT NULL,  -- operational
    asked_at          timestamptz  NOT NULL,  -- operational
    expires_at        timestamptz  NOT NULL,  -- operational
    previewed_number  bigint,                 -- operational
    previewed_version bigint,                 -- operational
    -- The same of the person's other ids, where entries were merged.
    previewed_ids     uuid[]       NOT NULL DEFAULT '{}',  -- identity
    previewed_numbers bigint[]     NOT NULL DEFAULT '{}',  -- operational
    previewed_versions bigint[]    NOT NULL DEFAULT '{}',  -- operational
    answer            text         CHECK (answer IN ('allowed', 'refused')),  -- operational
    answered_at       timestamptz,            -- operational
    consent_id        uuid,                   -- operational
    may_keep          boolean      NOT NULL DEFAULT false,  -- operational
    PRIMARY KEY (resident_id, request_id),
    CONSTRAINT somebody_there_asks_or_a_system CHECK ((presentation_id IS NULL)
                                                      = (practitioner_id IS NULL)),
    CONSTRAINT waits_for_a_while CHECK (asked_at < expires_at),
    CONSTRAINT an_answer_has_its_time CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CONSTRAINT only_allowing_makes_a_consent CHECK (consent_id IS NULL OR answer = 'allowed'),
    CONSTRAINT nobody_answers_unseen CHECK (answer IS DISTINCT FROM 'allowed'
                                            OR (previewed_number IS NOT NULL
                                                AND previewed_version IS NOT NULL))
);

-- ``notice_version`` leads the chore to consents under outdated notices; what counts is the sealed one.
-- Also what residents refuse ahead (kind 'restriction'): to an institution, or to anybody at all; and
-- what is sealed by order (kind 'seal').
-- given_as: the other id of the same person under which it was given, where it is here by a merge.
CREATE TABLE consent.consent (
    resident_id      uuid         NOT NULL,  -- operational
    consent_id       uuid         NOT NULL,  -- operational
    is_override      boolean      NOT NULL,  -- operational
    practitioner_id  uuid,                   -- operational
    institution_id   uuid,                   -- operational
    purpose          text         NOT NULL,  -- operational
    kind             text         NOT NULL DEFAULT 'visit',  -- operational
    notice           bytea,                  -- health
    notice_version   text,                   -- public
    added_to         uuid,                   -- operational
    given_as         uuid,                   -- identity
    event_number     bigint       NOT NULL,  -- operational
    granted_at       timestamptz  NOT NULL,  -- operational
    end_at           timestamptz  NOT NULL,  -- operational
    withdrawn_at     timestamptz,            -- operational
    withdrawn_number bigint,                 -- operational
    PRIMARY KEY (resident_id, consent_id),
    CONSTRAINT period_is_not_empty CHECK (granted_at < end_at),
    CONSTRAINT kind_is_known CHECK (kind IN ('visit', 'standing', 'family-doctor', 'restriction', 'seal')),
    CONSTRAINT only_refusals_are_for_anybody CHECK (institution_id IS NOT NULL
                                                    OR kind IN ('restriction', 'seal')),
    CONSTRAINT an_override_is_somebodys CHECK (practitioner_id IS NOT NULL OR NOT is_override),
    CONSTRAINT whoever_consents_was_told CHECK (notice IS NOT NULL OR is_override
                                                OR kind IN ('restriction', 'seal')),
    CONSTRAINT a_withdrawal_is_logged CHECK ((withdrawn_at IS NULL) = (withdrawn_number IS NULL))
);

CREATE INDEX consent_by_notice ON consent.consent (notice_version, end_at)
    WHERE kind IN ('standing', 'family-doctor') AND withdrawn_at IS NULL;

CREATE TABLE consent.provision (
    resident_id       uuid         NOT NULL,  -- operational
    consent_id        uuid         NOT NULL,  -- operational
    line              smallint     NOT NULL,  -- operational
    rule              text         NOT NULL CHECK (rule IN ('permit', 'deny')),  -- operational
    purpose           text         NOT NULL,  -- operational
    category_tokens   bytea[]      NOT NULL,  -- health
    sensitive_tokens  bytea[]      NOT NULL,  -- health
    institution_id    uuid,                   -- operational
    practitioner_id   uuid,                   -- operational
    from_day          date,                   -- operational
    until_day         date,                   -- operational
    up_to_number      bigint,                 -- operational
    start_at          timestamptz  NOT NULL,  -- operational
    end_at            timestamptz  NOT NULL,  -- operational
    revoked_at        timestamptz,            -- operational
    seal              bytea        NOT NULL,  -- operational
    form              smallint     NOT NULL DEFAULT 1,  -- operational
    department        bytea,                  -- health
    institution_kind  text,                   -- operational
    scenes            text[],                 -- operational
    may_keep          boolean      NOT NULL DEFAULT false,  -- operational
    uses              smallint     CHECK (uses > 0),  -- operational
    is_seal           boolean      NOT NULL DEFAULT false,  -- operational
    PRIMARY KEY (resident_id, consent_id, line),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.consent (resident_id, consent_id),
    CONSTRAINT period_is_not_empty CHECK (start_at < end_at),
    CONSTRAINT days_are_not_empty CHECK (from_day < until_day),
    CONSTRAINT a_department_is_of_an_institution CHECK (department IS NULL
                                                        OR institution_id IS NOT NULL)
);

-- The uses begun of consents for a number of visits; rows are added by the look they belong to.
CREATE TABLE consent.use (
    resident_id   uuid         NOT NULL,  -- operational
    consent_id    uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    used_by       uuid         NOT NULL,  -- operational
    used_at       timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, consent_id, event_number),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.consent (resident_id, consent_id)
);

-- What the resident chose for emergencies, sealed; rows are added and never changed, the newest counts.
CREATE TABLE consent.advance_choice (
    resident_id   uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    chosen_at     timestamptz  NOT NULL,  -- operational
    sealed        bytea        NOT NULL,  -- health
    PRIMARY KEY (resident_id, event_number)
);

-- What the resident means by showing the code, sealed; rows are added and never changed, the newest counts.
CREATE TABLE consent.showing_choice (
    resident_id   uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    chosen_at     timestamptz  NOT NULL,  -- operational
    sealed        bytea        NOT NULL,  -- health
    PRIMARY KEY (resident_id, event_number)
);

-- Each override is a case for review (紧急调阅审查). Two keys, hashed, lead to it across residents: the
-- queue of the institution and the author. What the author wrote is sealed under the resident's key.
CREATE TABLE consent.override_case (
    resident_id       uuid         NOT NULL,                                         -- operational
    consent_id        uuid         NOT NULL,                                         -- operational
    queue_key         bytea        NOT NULL CHECK (octet_length(queue_key) = 32),    -- operational
    author_key        bytea        NOT NULL CHECK (octet_length(author_key) = 32),   -- operational
    institution_id    uuid         NOT NULL,                                         -- operational
    practitioner_id   uuid         NOT NULL,                                         -- operational
    opened_at         timestamptz  NOT NULL,                                         -- operational
    due_at            timestamptz  NOT NULL,                                         -- operational
    reviewers_needed  smallint     NOT NULL CHECK (reviewers_needed IN (1, 2)),      -- operational
    sealed            bytea        NOT NULL,                                         -- health
    PRIMARY KEY (resident_id, consent_id),
    CONSTRAINT there_is_time_to_review CHECK (opened_at < due_at)
);

CREATE INDEX override_case_by_queue ON consent.override_case (queue_key, opened_at);

CREATE INDEX override_case_by_author ON consent.override_case (author_key, opened_at);

CREATE INDEX override_case_by_day ON consent.override_case (opened_at);

-- Rows are added and never changed. One reviewer judges a case once.
CREATE TABLE consent.override_review (
    resident_id   uuid         NOT NULL,                                         -- operational
    consent_id    uuid         NOT NULL,                                         -- operational
    reviewer_id   uuid         NOT NULL,                                         -- operational
    queue_key     bytea        NOT NULL CHECK (octet_length(queue_key) = 32),    -- operational
    author_key    bytea        NOT NULL CHECK (octet_length(author_key) = 32),   -- operational
    event_number  bigint       NOT NULL,                                         -- operational
    judged_at     timestamptz  NOT NULL,                                         -- operational
    judgement     text         NOT NULL CHECK (judgement IN ('confirmed', 'objected')),  -- operational
    PRIMARY KEY (resident_id, consent_id, reviewer_id),
    FOREIGN KEY (resident_id, consent_id)
        REFERENCES consent.override_case (resident_id, consent_id)
);

-- Whoever was allowed to keep copies is asked to erase them when that ends (删除请求). The reason for
-- retaining them is sealed under the resident's log key, which outlives a closed account.
CREATE TABLE consent.erasure (
    resident_id      uuid         NOT NULL,  -- operational
    consent_id       uuid         NOT NULL,  -- operational
    institution_id   uuid         NOT NULL,  -- operational
    event_number     bigint       NOT NULL,  -- operational
    asked_at         timestamptz  NOT NULL,  -- operational
    due_at           timestamptz  NOT NULL,  -- operational
    answer           text         CHECK (answer IN ('erased', 'nothing-kept', 'retained')),  -- operational
    answered_at      timestamptz,            -- operational
    answered_number  bigint,                 -- operational
    reason           bytea,                  -- health
    PRIMARY KEY (resident_id, consent_id),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.consent (resident_id, consent_id),
    CONSTRAINT there_is_time_to_erase CHECK (asked_at < due_at),
    CONSTRAINT an_attestation_is_logged CHECK ((answer IS NULL) = (answered_at IS NULL)
                                               AND (answer IS NULL) = (answered_number IS NULL)),
    CONSTRAINT whoever_retains_says_why CHECK ((answer IS NOT DISTINCT FROM 'retained')
                                               = (reason IS NOT NULL))
);

CREATE INDEX erasure_of_institution ON consent.erasure (institution_id, due_at)
    WHERE answer IS NULL OR answer = 'retained';

CREATE INDEX erasure_open ON consent.erasure (due_at) WHERE answer IS NULL;

-- One line for each answer given with a PIN or with a helper, and for each PIN set with one, all of one
-- length. What it says is sealed under the region's key; the examinations of the region stand beside it.
-- ``watch_at`` is when the region's watch goes through a line next; null once it has, whatever it says.
CREATE TABLE consent.presence (
    resident_id  uuid         NOT NULL,                                        -- operational
    consent_id   uuid         NOT NULL,                                        -- operational
    answered_at  timestamptz  NOT NULL,                                        -- operational
    sealed       bytea        NOT NULL CHECK (octet_length(sealed) = 540),     -- health
    watch_at     timestamptz,                                                  -- operational
    PRIMARY KEY (resident_id, consent_id)
);

CREATE INDEX presence_by_time ON consent.presence (answered_at);

CREATE INDEX presence_to_watch ON consent.presence (watch_at) WHERE watch_at IS NOT NULL;

CREATE TABLE consent.presence_examination (
    resident_id   uuid         NOT NULL,  -- operational
    consent_id    uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    examiner_id   uuid         NOT NULL,  -- operational
    examined_at   timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, consent_id, event_number),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.presence (resident_id, consent_id)
);

-- Records sealed by order (封存): which order sealed whose, and the order in the words its resident reads,
-- sealed under the resident's log key. The order leads to everybody it sealed, to lift it.
CREATE TABLE consent.record_seal (
    resident_id  uuid   NOT NULL,  -- operational
    consent_id   uuid   NOT NULL,  -- operational
    order_id     uuid   NOT NULL,  -- operational
    sealed       bytea  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, consent_id),
    UNIQUE (resident_id, order_id),
    FOREIGN KEY (resident_id, consent_id) REFERENCES consent.consent (resident_id, consent_id)
);

CREATE INDEX record_seal_by_order ON consent.record_seal (order_id);

ALTER TABLE consent.record_seal ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.record_seal FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.record_seal
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_supervision ON consent.record_seal FOR SELECT
    USING (current_setting('ohc.task', true) IN ('supervision', 'verification'));

GRANT SELECT, INSERT ON consent.record_seal TO ohc_app;

-- What may bear on a decision now, one JSON document per resident; read together with the chain.
-- Seen with the rights of whoever asks.
CREATE VIEW consent.standing WITH (security_invoker = true) AS
SELECT p.resident_id,
       convert_to(jsonb_agg(jsonb_build_object(
           'consent_id', p.consent_id, 'rule', p.rule, 'purpose', p.purpose,
           'category_tokens', (SELECT coalesce(jsonb_agg(encode(t, 'hex')), '[]')
                                 FROM unnest(p.category_tokens) AS t),
           'sensitive_tokens', (SELECT coalesce(jsonb_agg(encode(t, 'hex')), '[]')
                                  FROM unnest(p.sensitive_tokens) AS t),
           'institution_id', p.institution_id, 'practitioner_id', p.practitioner_id,
           'from_day', p.from_day, 'until_day', p.until_day, 'up_to_number', p.up_to_number,
           'start_at', p.start_at, 'end_at', p.end_at,
           'seal', encode(p.seal, 'hex'), 'form', p.form,
           'department', encode(p.department, 'hex'), 'institution_kind', p.institution_kind,
           'scenes', p.scenes, 'may_keep', p.may_keep, 'uses', p.uses, 'is_seal', p.is_seal,
           'made', CASE WHEN p.uses IS NOT NULL THEN (
               SELECT jsonb_agg(jsonb_build_array(u.used_by, u.used_at))
                 FROM consent.use u
                WHERE u.resident_id = p.resident_id AND u.consent_id = p.consent_id) END
           ))::text, 'UTF8') AS document
  FROM consent.provision p
 WHERE p.revoked_at IS NULL AND p.end_at > statement_timestamp()
 GROUP BY p.resident_id;

GRANT SELECT ON consent.standing TO ohc_app;

ALTER TABLE consent.request ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.request FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.request
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.request FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

ALTER TABLE consent.consent ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.consent FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.consent
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.consent FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

CREATE POLICY for_retention ON consent.consent FOR SELECT
    USING (current_setting('ohc.task', true) = 'retention');

ALTER TABLE consent.provision ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.provision FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.provision
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.provision FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

ALTER TABLE consent.use ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.use FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.use
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.use FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

ALTER TABLE consent.advance_choice ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.advance_choice FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.advance_choice
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_verification ON consent.advance_choice FOR SELECT
    USING (current_setting('ohc.task', true) = 'verification');

ALTER TABLE consent.showing_choice ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.showing_choice FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.showing_choice
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

GRANT SELECT, INSERT ON consent.showing_choice TO ohc_app;

GRANT SELECT, INSERT ON consent.request, consent.consent, consent.provision, consent.use
    TO ohc_app;

ALTER TABLE consent.override_case ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.override_case FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.override_case
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_key ON consent.override_case FOR SELECT
    USING (encode(queue_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ','))
           OR encode(author_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY for_supervision ON consent.override_case FOR SELECT
    USING (current_setting('ohc.task', true) IN ('supervision', 'verification'));

ALTER TABLE consent.override_review ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.override_review FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.override_review
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_key ON consent.override_review FOR SELECT
    USING (encode(queue_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ','))
           OR encode(author_key, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY for_supervision ON consent.override_review FOR SELECT
    USING (current_setting('ohc.task', true) IN ('supervision', 'verification'));

ALTER TABLE consent.erasure ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.erasure FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.erasure
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_institution ON consent.erasure FOR SELECT
    USING (encode(uuid_send(institution_id), 'hex')
           = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY for_supervision ON consent.erasure FOR SELECT
    USING (current_setting('ohc.task', true) IN ('supervision', 'verification'));

GRANT SELECT, INSERT ON consent.erasure TO ohc_app;

GRANT UPDATE (answer, answered_at, answered_number, reason) ON consent.erasure TO ohc_app;

ALTER TABLE consent.presence ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.presence FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.presence
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_supervision ON consent.presence FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');

ALTER TABLE consent.presence_examination ENABLE ROW LEVEL SECURITY;

ALTER TABLE consent.presence_examination FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON consent.presence_examination
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY for_supervision ON consent.presence_examination FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT ON consent.presence, consent.presence_examination TO ohc_app;

GRANT UPDATE (watch_at) ON consent.presence TO ohc_app;

GRANT SELECT, INSERT ON consent.advance_choice, consent.override_case, consent.override_review
    TO ohc_app;

GRANT UPDATE (previewed_number, previewed_version, previewed_ids, previewed_numbers,
              previewed_versions, answer, answered_at, consent_id)
    ON consent.request TO ohc_app;

GRANT UPDATE (withdrawn_at, withdrawn_number) ON consent.consent TO ohc_app;

GRANT UPDATE (revoked_at) ON consent.provision TO ohc_app;
