-- access: what a look reads, as functions, so that a look by itself is one round trip to read and
-- one to log. Each turns its transaction to the resident it is given; row-level security does the
-- rest. (On Citus: functions distributed by their first argument run beside the resident's rows.)
--
-- Every read serves several residents, one after the other, in one row type: first the chain (type
-- is null) with the resident in entry_id, the next number in filed_number, the head in digest and
-- the consents' version in version, in body what the resident has said unless that version is known
-- to the caller, and in category_token, where entries were merged, whose ids are one person; then the
-- entries. STABLE, hence one snapshot for all statements: the entries seen
-- are exactly those filed before the next number. Without bitmaps, because what is read is a few
-- rows that the index holds in the order asked for.
-- Distribution column (Citus) of the one table: resident_id.
CREATE SCHEMA access;

GRANT USAGE ON SCHEMA access TO ohc_app;

-- The current entries of some categories, newest first; index entry_newest. The categories of each
-- resident are an array literal of tokens: arrays of arrays have to be of one length.
CREATE FUNCTION access.categories(
    resident_ids uuid[], known_versions bigint[], category_tokens text[]
) RETURNS TABLE (
    entry_id uuid, version bigint, type text, day date, category_token bytea,
    sensitivity_token bytea, institution_id uuid, filed_number bigint, filed_at timestamptz,
    digest bytea, body bytea
) STABLE LANGUAGE plpgsql SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    resident uuid;
    known bigint;
    wanted bytea[];
    linked boolean;
    turned_to text;
    turned_back text;
BEGIN
    FOR i IN 1 .. cardinality(resident_ids) LOOP
        resident := resident_ids[i];
        known := known_versions[i];
        wanted := category_tokens[i]::bytea[];
        turned_to := ohc.turn_to(resident);
        SELECT c.resident_id, c.consent_version, c.next_number, statement_timestamp(), c.head, NULL,
               c.is_linked, NULL
          INTO entry_id, version, filed_number, filed_at, digest, body, linked, category_token
          FROM audit.chain c
         WHERE c.resident_id = resident;
        IF FOUND THEN
            IF version <> known THEN
                body := (SELECT s.document FROM consent.standing s WHERE s.resident_id = resident);
                IF linked THEN
                    category_token := (SELECT l.members FROM identity.link l
                                        WHERE l.resident_id = resident
                                        ORDER BY l.event_number DESC LIMIT 1);
                END IF;
            END IF;
            RETURN NEXT;
            RETURN QUERY
            SELECT e.entry_id, e.version::bigint, e.type, e.day, e.category_token,
                   e.sensitivity_token, e.institution_id, e.filed_number, NULL::timestamptz,
                   e.digest, e.body
              FROM record.entry e
             WHERE e.resident_id = resident AND e.is_current AND e.category_token = ANY (wanted)
             ORDER BY e.day DESC, e.entry_id DESC;
        END IF;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- One entry of each in its current version or in the one named; primary key.
CREATE FUNCTION access.entry(
    resident_ids uuid[], known_versions bigint[], entry_ids uuid[], versions integer[]
) RETURNS TABLE (
    entry_id uuid, version bigint, type text, day date, category_token bytea,
    sensitivity_token bytea, institution_id uuid, filed_number bigint, filed_at timestamptz,
    digest bytea, body bytea
) STABLE LANGUAGE plpgsql SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    resident uuid;
    known bigint;
    wanted uuid;
    named integer;
    linked boolean;
    turned_to text;
    turned_back text;
BEGIN
    FOR i IN 1 .. cardinality(resident_ids) LOOP
        resident := resident_ids[i];
        known := known_versions[i];
        wanted := entry_ids[i];
        named := versions[i];
        turned_to := ohc.turn_to(resident);
        SELECT c.resident_id, c.consent_version, c.next_number, statement_timestamp(), c.head, NULL,
               c.is_linked, NULL
          INTO entry_id, version, filed_number, filed_at, digest, body, linked, category_token
          FROM audit.chain c
         WHERE c.resident_id = resident;
        IF FOUND THEN
            IF version <> known THEN
                body := (SELECT s.document FROM consent.standing s WHERE s.resident_id = resident);
                IF linked THEN
                    category_token := (SELECT l.members FROM identity.link l
                                        WHERE l.resident_id = resident
                                        ORDER BY l.event_number DESC LIMIT 1);
                END IF;
            END IF;
            RETURN NEXT;
            RETURN QUERY
            SELECT e.entry_id, e.version::bigint, e.type, e.day, e.category_token,
                   e.sensitivity_token, e.institution_id, e.filed_number, e.filed_at, e.digest, e.body
              FROM record.entry e
             WHERE e.resident_id = resident AND e.entry_id = wanted
               AND (e.version = named OR (named IS NULL AND e.is_current));
        END IF;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- What residents ask for about their record, and how it was answered. Words are sealed under the
-- resident's record key; the institution sees that something waits, and until when, by itself.
CREATE TABLE access.rights_request (
    resident_id      uuid         NOT NULL,  -- operational
    request_id       uuid         NOT NULL,  -- operational
    kind             text         NOT NULL CHECK (kind IN ('correction', 'secondary-use')),  -- operational
    institution_id   uuid,                   -- health
    entry_id         uuid,                   -- operational
    entry_version    integer,                -- operational
    words            bytea,                  -- health
    event_number     bigint       NOT NULL,  -- operational
    asked_at         timestamptz  NOT NULL,  -- operational
    due_at           timestamptz  NOT NULL,  -- operational
    answer           text         CHECK (answer IN ('accepted', 'refused', 'taken-back')),  -- operational
    answered_at      timestamptz,            -- operational
    answered_number  bigint,                 -- operational
    reason           bytea,                  -- health
    PRIMARY KEY (resident_id, request_id),
    CONSTRAINT a_correction_names_its_entry CHECK (
        (kind = 'correction') = (entry_id IS NOT NULL AND entry_version IS NOT NULL
                                 AND institution_id IS NOT NULL AND words IS NOT NULL)),
    CONSTRAINT an_answer_has_its_time CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CONSTRAINT a_refusal_has_its_reason CHECK (answer IS DISTINCT FROM 'refused' OR reason IS NOT NULL)
);

CREATE INDEX rights_request_open ON access.rights_request (institution_id, due_at)
    WHERE answer IS NULL;

ALTER TABLE access.rights_request ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.rights_request FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.rights_request
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_institution ON access.rights_request FOR SELECT
    USING (encode(uuid_send(institution_id), 'hex')
           = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY to_count ON access.rights_request FOR SELECT
    USING (current_setting('ohc.task', true) = 'statistics' AND kind = 'secondary-use');

GRANT SELECT, INSERT ON access.rights_request TO ohc_app;

GRANT UPDATE (answer, answered_at, answered_number, reason) ON access.rights_request TO ohc_app;

-- Messages owed to telephones: stored with what they tell of, gone once a gateway has taken them.
CREATE TABLE access.notice (
    resident_id   uuid         NOT NULL,  -- operational
    notice_id     uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    made_at       timestamptz  NOT NULL,  -- operational
    next_try_at   timestamptz  NOT NULL,  -- operational
    tries         integer      NOT NULL,  -- operational
    sealed        bytea        NOT NULL,  -- identity
    PRIMARY KEY (resident_id, notice_id)
);

CREATE INDEX notice_due ON access.notice (next_try_at);

ALTER TABLE access.notice ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.notice FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.notice
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY to_send ON access.notice FOR SELECT
    USING (current_setting('ohc.task', true) = 'notices');

GRANT SELECT, INSERT, DELETE ON access.notice TO ohc_app;

GRANT UPDATE (tries, next_try_at) ON access.notice TO ohc_app;

-- How often somebody was looked up, by keyed hash of who asked and about what, per hour or day.
CREATE TABLE access.lookup_count (
    subject    bytea        NOT NULL CHECK (octet_length(subject) = 32),  -- operational
    starts_at  timestamptz  NOT NULL,  -- operational
    used       integer      NOT NULL CHECK (used > 0),  -- operational
    PRIMARY KEY (subject, starts_at)
);

CREATE INDEX lookup_count_by_start ON access.lookup_count (starts_at);

-- Look-ups the region should see: what one caller did on one day. Names no resident.
CREATE TABLE access.lookup_alarm (
    on_day          date         NOT NULL,  -- operational
    caller_id       uuid         NOT NULL,  -- operational
    kind            text         NOT NULL CHECK (kind IN ('canary', 'too-many', 'too-many-empty', 'too-many-of-one')),  -- operational
    institution_id  uuid         NOT NULL,  -- operational
    times           integer      NOT NULL CHECK (times > 0),  -- operational
    first_at        timestamptz  NOT NULL,  -- operational
    latest_at       timestamptz  NOT NULL,  -- operational
    seen_at         timestamptz,            -- operational
    seen_by         uuid,                   -- operational
    PRIMARY KEY (on_day, caller_id, kind),
    CONSTRAINT seeing_is_attributed CHECK ((seen_at IS NULL) = (seen_by IS NULL))
);

GRANT SELECT, INSERT, UPDATE, DELETE ON access.lookup_count, access.lookup_alarm TO ohc_app;

-- Counts, and answers what the counts are now. Nothing of it is worth waiting for the disk.
CREATE FUNCTION access.count_lookups(
    subjects bytea[], starts timestamptz[], read_subject bytea, read_start timestamptz
) RETURNS TABLE (subject bytea, used integer) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    unhurried CONSTANT text := set_config('synchronous_commit', 'off', true);
BEGIN
    RETURN QUERY
    INSERT INTO access.lookup_count AS known (subject, starts_at, used)
    SELECT given.subject, given.starts_at, 1
      FROM unnest(subjects, starts) AS given (subject, starts_at)
     ORDER BY given.subject, given.starts_at
    ON CONFLICT (subject, starts_at) DO UPDATE SET used = known.used + 1
    RETURNING known.subject, known.used;
    RETURN QUERY
    SELECT known.subject, known.used FROM access.lookup_count AS known
     WHERE known.subject = read_subject AND known.starts_at = read_start;
END
$$;

-- What is known of several people, one after the other, each under their own context: whether the
-- account is open, which ids are theirs (identity.linking), and what was received, the weightiest
-- first. Each by primary key.
CREATE FUNCTION access.people(resident_ids uuid[], at_most integer)
RETURNS TABLE (resident_id uuid, is_open boolean, members bytea, received bytea[])
STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    turned_to text;
    turned_back text;
BEGIN
    FOREACH resident_id IN ARRAY resident_ids LOOP
        turned_to := ohc.turn_to(resident_id);
        is_open := EXISTS (SELECT FROM audit.chain c WHERE c.resident_id = people.resident_id);
        members := (SELECT l.members FROM identity.link l
                     WHERE l.resident_id = people.resident_id
                     ORDER BY l.event_number DESC LIMIT 1);
        received := ARRAY(SELECT r.sealed FROM identity.identity_record r
                           WHERE r.resident_id = people.resident_id
                           ORDER BY array_position('{checked,seen,asserted}', r.verification),
                                    r.received_at DESC, r.record_key
                           LIMIT at_most);
        RETURN NEXT;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;
