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

-- One entry of each in its current version or in the one named; primary key. A deletion is a version
-- that says nothing: it is not read, and a deleted entry has no current version.
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
               AND (e.version = named OR (named IS NULL AND e.is_current)) AND NOT e.is_deletion;
        END IF;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- The first page of what a search finds, newest first, how many there are and how many of them others
-- filed: index entry_newest, once to count and once up to the end of the page. What may be seen is told by kinds: the categories and
-- the closed kinds an entry may carry, up to which number, and whose own entries (null: nobody's).
-- That holds for one version of the consents: of any other nothing is read but the chain.
CREATE FUNCTION access.page(
    resident_ids uuid[], known_versions bigint[], types text[], entry_ids text[],
    token_groups text[], days text[], filed text[], category_tokens text[],
    sensitivity_tokens text[], shown_up_to bigint[], institution_ids uuid[], counts integer[]
) RETURNS TABLE (
    entry_id uuid, version bigint, type text, day date, category_token bytea,
    sensitivity_token bytea, institution_id uuid, filed_number bigint, filed_at timestamptz,
    digest bytea, body bytea, total bigint, of_others bigint
) STABLE LANGUAGE plpgsql SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    resident uuid;
    wanted text;
    named uuid[];
    groups text[];
    group_1 bytea[];
    group_2 bytea[];
    group_3 bytea[];
    group_4 bytea[];
    on_days datemultirange;
    at_moments tstzmultirange;
    shown_categories bytea[];
    shown_kinds bytea[];
    up_to bigint;
    own uuid;
    linked boolean;
    turned_to text;
    turned_back text;
BEGIN
    FOR i IN 1 .. cardinality(resident_ids) LOOP
        resident := resident_ids[i];
        turned_to := ohc.turn_to(resident);
        SELECT c.resident_id, c.consent_version, c.next_number, statement_timestamp(), c.head, NULL,
               c.is_linked, NULL, NULL, NULL, NULL
          INTO entry_id, version, filed_number, filed_at, digest, body, linked, category_token, type,
               total, of_others
          FROM audit.chain c
         WHERE c.resident_id = resident;
        IF FOUND AND version <> known_versions[i] THEN
            body := (SELECT s.document FROM consent.standing s WHERE s.resident_id = resident);
            IF linked THEN
                category_token := (SELECT l.members FROM identity.link l
                                    WHERE l.resident_id = resident
                                    ORDER BY l.event_number DESC LIMIT 1);
            END IF;
            RETURN NEXT;
        ELSIF FOUND THEN
            wanted := types[i];
            named := entry_ids[i]::uuid[];
            groups := token_groups[i]::text[];
            group_1 := groups[1]::bytea[];
            group_2 := groups[2]::bytea[];
            group_3 := groups[3]::bytea[];
            group_4 := groups[4]::bytea[];
            on_days := days[i]::datemultirange;
            at_moments := filed[i]::tstzmultirange;
            shown_categories := category_tokens[i]::bytea[];
            shown_kinds := sensitivity_tokens[i]::bytea[];
            up_to := shown_up_to[i];
            own := institution_ids[i];
            SELECT count(*), count(*) FILTER (WHERE e.institution_id IS DISTINCT FROM own)
              INTO total, of_others
              FROM record.entry e
             WHERE e.resident_id = resident AND e.is_current AND e.type = wanted
               AND ((e.category_token = ANY (shown_categories)
                     AND e.sensitivity_token = ANY (shown_kinds) AND e.filed_number <= up_to)
                    OR e.institution_id = own)
               AND (named IS NULL OR e.entry_id = ANY (named))
               AND (group_1 IS NULL OR e.tokens && group_1)
               AND (group_2 IS NULL OR e.tokens && group_2)
               AND (group_3 IS NULL OR e.tokens && group_3)
               AND (group_4 IS NULL OR e.tokens && group_4)
               AND (on_days IS NULL OR (e.day > '-infinity' AND e.day <@ on_days))
               AND (at_moments IS NULL OR e.filed_at <@ at_moments);
            RETURN NEXT;
            RETURN QUERY
            SELECT e.entry_id, e.version::bigint, e.type, e.day, e.category_token,
                   e.sensitivity_token, e.institution_id, e.filed_number, NULL::timestamptz,
                   e.digest, e.body, NULL::bigint, NULL::bigint
              FROM record.entry e
             WHERE e.resident_id = resident AND e.is_current AND e.type = wanted
               AND ((e.category_token = ANY (shown_categories)
                     AND e.sensitivity_token = ANY (shown_kinds) AND e.filed_number <= up_to)
                    OR e.institution_id = own)
               AND (named IS NULL OR e.entry_id = ANY (named))
               AND (group_1 IS NULL OR e.tokens && group_1)
               AND (group_2 IS NULL OR e.tokens && group_2)
               AND (group_3 IS NULL OR e.tokens && group_3)
               AND (group_4 IS NULL OR e.tokens && group_4)
               AND (on_days IS NULL OR (e.day > '-infinity' AND e.day <@ on_days))
               AND (at_moments IS NULL OR e.filed_at <@ at_moments)
             ORDER BY e.day DESC, e.entry_id DESC
             LIMIT counts[i];
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
    kind            text         NOT NULL CHECK (kind IN ('canary', 'too-many', 'too-many-empty', 'too-many-of-one', 'beyond-role', 'spliced', 'budget-spent', 'budget-warned')),  -- operational
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

-- What is known of several people, one after the other, each under their own context: where their
-- log stands (nothing if the account is closed), which ids are theirs (identity.linking), and what
-- was received, the weightiest first. Each by primary key.
CREATE FUNCTION access.people(resident_ids uuid[], at_most integer)
RETURNS TABLE (resident_id uuid, next_number bigint, head bytea, consent_version bigint,
               at timestamptz, members bytea, received bytea[])
STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    turned_to text;
    turned_back text;
BEGIN
    FOREACH resident_id IN ARRAY resident_ids LOOP
        turned_to := ohc.turn_to(resident_id);
        SELECT c.next_number, c.head, c.consent_version, statement_timestamp()
          INTO next_number, head, consent_version, at
          FROM audit.chain c WHERE c.resident_id = people.resident_id;
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

-- Which partners a resident switched on. The salt is in the name the partner knows the resident by, and
-- goes with the row: whoever switches off and on again is somebody new to the partner.
CREATE TABLE access.binding (
    resident_id     uuid         NOT NULL,  -- operational
    partner_id      uuid         NOT NULL,  -- operational
    salt            bytea        NOT NULL CHECK (octet_length(salt) = 16),  -- identity
    notice_version  text         NOT NULL,  -- public
    event_number    bigint       NOT NULL,  -- operational
    switched_on_at  timestamptz  NOT NULL,  -- operational
    joined_at       timestamptz,            -- operational
    PRIMARY KEY (resident_id, partner_id)
);

ALTER TABLE access.binding ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.binding FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.binding TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON access.binding TO ohc_app;

-- Links residents share their record by. What one shares and its key are sealed under the resident's
-- record key; a passcode is a slow hash, and its wrong entries are counted before they are compared.
CREATE TABLE access.link (
    resident_id    uuid         NOT NULL,  -- operational
    link_id        uuid         NOT NULL,  -- operational
    sealed         bytea        NOT NULL,  -- health
    passcode_hash  text,                   -- operational
    attempts_left  integer      NOT NULL CHECK (attempts_left >= 0),  -- operational
    is_direct      boolean      NOT NULL,  -- operational
    made_at        timestamptz  NOT NULL,  -- operational
    until          timestamptz  NOT NULL,  -- operational
    revoked_at     timestamptz,            -- operational
    opened_at      timestamptz,            -- operational
    made_number    bigint       NOT NULL,  -- operational
    PRIMARY KEY (resident_id, link_id),
    CONSTRAINT a_direct_link_has_no_passcode CHECK (NOT is_direct OR passcode_hash IS NULL)
);

-- Whose link an address names, by the address's keyed hash.
CREATE TABLE access.link_address (
    address_hash  bytea        NOT NULL CHECK (octet_length(address_hash) = 32),  -- operational
    resident_id   uuid         NOT NULL,  -- operational
    link_id       uuid         NOT NULL,  -- operational
    until         timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (address_hash)
);

CREATE INDEX link_address_by_end ON access.link_address (until);

-- Files of links that are fetched apart from their manifest, encrypted under the link's key: once, and
-- within half an hour.
CREATE TABLE access.link_file (
    mark        bytea        NOT NULL CHECK (octet_length(mark) = 32),  -- operational
    content     bytea        NOT NULL,  -- health
    expires_at  timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (mark)
);

CREATE INDEX link_file_by_end ON access.link_file (expires_at);

-- Health cards residents made, to revoke them by; what they say is not kept.
CREATE TABLE access.health_card (
    resident_id  uuid         NOT NULL,  -- operational
    card_id      uuid         NOT NULL,  -- operational
    content      text         NOT NULL CHECK (content IN ('vaccinations', 'emergency')),  -- health
    form         text         NOT NULL CHECK (form IN ('shc', 'hc1')),  -- operational
    made_at      timestamptz  NOT NULL,  -- operational
    until        timestamptz,            -- operational
    revoked_at   timestamptz,            -- operational
    PRIMARY KEY (resident_id, card_id)
);

-- The public list of revoked cards, by names that only their issuer could lead back to anybody.
CREATE TABLE access.revoked_card (
    rid         text         NOT NULL CHECK (length(rid) <= 24),  -- public
    revoked_at  timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (rid)
);

ALTER TABLE access.link ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.link FORCE ROW LEVEL SECURITY;
ALTER TABLE access.link_address ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.link_address FORCE ROW LEVEL SECURITY;
ALTER TABLE access.link_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.link_file FORCE ROW LEVEL SECURITY;
ALTER TABLE access.health_card ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.health_card FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.link TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY of_the_resident ON access.health_card TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY by_address ON access.link_address TO ohc_app
    USING (encode(address_hash, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY by_mark ON access.link_file TO ohc_app
    USING (encode(mark, 'hex') = ANY (string_to_array(current_setting('ohc.lookup', true), ',')));

CREATE POLICY seen_by_purge ON access.link_address FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON access.link_address FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY seen_by_purge ON access.link_file FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

CREATE POLICY taken_by_purge ON access.link_file FOR DELETE TO ohc_app
    USING (current_setting('ohc.task', true) = 'purging');

GRANT SELECT, INSERT ON access.link, access.health_card, access.revoked_card TO ohc_app;
GRANT UPDATE (attempts_left, revoked_at, opened_at) ON access.link TO ohc_app;
GRANT UPDATE (revoked_at) ON access.health_card TO ohc_app;
GRANT SELECT, INSERT, DELETE ON access.link_address, access.link_file TO ohc_app;

-- Of how many residents somebody has read on a day: by name only while the day lasts, and then by a
-- keyed mark of that day. Names no resident.
CREATE TABLE access.reading_budget (
    on_day          date         NOT NULL,  -- operational
    reader_id       uuid         NOT NULL,  -- operational
    reader_kind     text         NOT NULL CHECK (reader_kind IN ('practitioner', 'system')),  -- operational
    institution_id  uuid         NOT NULL,  -- operational
    unexplained     integer      NOT NULL DEFAULT 0,  -- operational
    explained       integer      NOT NULL DEFAULT 0,  -- operational
    refused         integer      NOT NULL DEFAULT 0,  -- operational
    stopped_at      timestamptz,            -- operational
    PRIMARY KEY (on_day, reader_id)
);

CREATE TABLE access.reading_lease (
    on_day     date   NOT NULL,  -- operational
    reader_id  uuid   NOT NULL,  -- operational
    mark       bytea  NOT NULL CHECK (octet_length(mark) = 32),  -- operational
    PRIMARY KEY (on_day, reader_id, mark)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON access.reading_budget, access.reading_lease TO ohc_app;

-- Whether somebody may read of one resident more today without a reason; theirs already is theirs.
-- The day's row is locked for the moment, so that of several processes none gives out one too many.
CREATE FUNCTION access.reserve_reading(
    reader uuid, kind_of_reader text, institution uuid, today date, resident_mark bytea, stop_at integer,
    now_at timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    used integer;
BEGIN
    INSERT INTO access.reading_budget (on_day, reader_id, reader_kind, institution_id)
    VALUES (today, reader, kind_of_reader, institution)
    ON CONFLICT (on_day, reader_id) DO NOTHING;
    SELECT b.unexplained INTO used FROM access.reading_budget b
     WHERE b.on_day = today AND b.reader_id = reader
       FOR UPDATE;
    IF EXISTS (SELECT FROM access.reading_lease l
                WHERE l.on_day = today AND l.reader_id = reader AND l.mark = resident_mark) THEN
        RETURN true;
    END IF;
    IF used + 1 >= stop_at THEN
        UPDATE access.reading_budget b
           SET refused = b.refused + 1, stopped_at = coalesce(b.stopped_at, now_at)
         WHERE b.on_day = today AND b.reader_id = reader;
        INSERT INTO access.lookup_alarm AS known
               (on_day, caller_id, kind, institution_id, times, first_at, latest_at)
        VALUES (today, reader, 'budget-spent', institution, 1, now_at, now_at)
        ON CONFLICT (on_day, caller_id, kind) DO UPDATE
           SET times = known.times + 1, latest_at = now_at, seen_at = NULL, seen_by = NULL;
        RETURN false;
    END IF;
    INSERT INTO access.reading_lease (on_day, reader_id, mark) VALUES (today, reader, resident_mark);
    UPDATE access.reading_budget b SET unexplained = used + 1
     WHERE b.on_day = today AND b.reader_id = reader;
    RETURN true;
END
$$;

-- Adds what one process has seen read with a reason; the region is told once, at the limit.
CREATE FUNCTION access.count_explained(
    reader uuid, kind_of_reader text, institution uuid, today date, residents integer, warn_at integer,
    now_at timestamptz
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    total integer;
BEGIN
    INSERT INTO access.reading_budget AS known
           (on_day, reader_id, reader_kind, institution_id, explained)
    VALUES (today, reader, kind_of_reader, institution, residents)
    ON CONFLICT (on_day, reader_id) DO UPDATE SET explained = known.explained + residents
    RETURNING known.explained INTO total;
    IF total >= warn_at AND total - residents < warn_at THEN
        INSERT INTO access.lookup_alarm
               (on_day, caller_id, kind, institution_id, times, first_at, latest_at)
        VALUES (today, reader, 'budget-warned', institution, 1, now_at, now_at)
        ON CONFLICT (on_day, caller_id, kind) DO NOTHING;
    END IF;
    RETURN total;
END
$$;

-- Who of the staff is which resident: the personnel list. Told to nobody; supervision is told whether an
-- access was to the own record or a relative's.
CREATE TABLE access.staff_person (
    resident_id      uuid         NOT NULL,                                        -- identity
    practitioner_id  uuid         NOT NULL,                                        -- identity
    tied_at          timestamptz  NOT NULL,                                        -- operational
    PRIMARY KEY (resident_id, practitioner_id)
);

CREATE INDEX staff_person_by_practitioner ON access.staff_person (practitioner_id);

ALTER TABLE access.staff_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.staff_person FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.staff_person
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_supervise ON access.staff_person FOR SELECT
    USING (current_setting('ohc.task', true) = 'supervision');

GRANT SELECT, INSERT, DELETE ON access.staff_person TO ohc_app;

-- What is on file around accesses, in the order asked: whether this institution has a visit, an order, a
-- contract or a task, and whether the resident is registered as dead. Turns to each resident and back
-- again; yes or no leaves, and nothing of an entry.
CREATE FUNCTION access.surroundings(
    resident_ids uuid[], institution_ids uuid[], moments timestamptz[]
) RETURNS TABLE (has_visit boolean, has_order boolean, has_contract boolean, has_task boolean,
                 is_dead boolean)
STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    place integer;
    turned_to text;
    turned_back text;
BEGIN
    FOR place IN 1 .. coalesce(array_length(resident_ids, 1), 0) LOOP
        turned_to := ohc.turn_to(resident_ids[place]);
        SELECT coalesce(bool_or(e.type = 'Encounter'
                                AND e.day >= (moments[place] - interval '14 days')::date), false),
               coalesce(bool_or(e.type IN ('ServiceRequest', 'MedicationRequest')
                                AND e.day >= (moments[place] - interval '30 days')::date), false),
               coalesce(bool_or(e.type IN ('EpisodeOfCare', 'CareTeam')), false),
               coalesce(bool_or(e.type = 'Task'), false)
          INTO has_visit, has_order, has_contract, has_task
          FROM record.entry e
         WHERE e.resident_id = resident_ids[place] AND e.is_current
           AND e.day >= (moments[place] - interval '366 days')::date
           AND e.day <= (moments[place] + interval '1 day')::date
           AND e.institution_id = institution_ids[place];
        is_dead := EXISTS (SELECT FROM representation.death d
                            WHERE d.resident_id = resident_ids[place] AND d.taken_back_at IS NULL
                              AND d.registered_at <= moments[place]);
        RETURN NEXT;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- Whether residents were sent to institutions around these moments, by an order or an appointment: asked by
-- the search key the entry would have. Turns to each resident and back again, as above.
CREATE FUNCTION access.referred(resident_ids uuid[], keys bytea[], moments timestamptz[])
RETURNS TABLE (is_referred boolean)
STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    place integer;
    turned_to text;
    turned_back text;
BEGIN
    FOR place IN 1 .. coalesce(array_length(resident_ids, 1), 0) LOOP
        turned_to := ohc.turn_to(resident_ids[place]);
        is_referred := EXISTS (
            SELECT FROM record.entry e
             WHERE e.resident_id = resident_ids[place] AND e.is_current
               AND e.type IN ('ServiceRequest', 'Appointment')
               AND e.day >= (moments[place] - interval '90 days')::date
               AND e.day <= (moments[place] + interval '90 days')::date
               AND keys[place] = ANY (e.tokens));
        RETURN NEXT;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;

-- Files that left, each under the name its secret marks say: what a found file is traced to. Of a
-- resident's own copy nobody is named. Kept as long as the log.
CREATE TABLE access.handed_over (
    mark_id         uuid         PRIMARY KEY,  -- operational
    made_at         timestamptz  NOT NULL,  -- operational
    form            text         NOT NULL CHECK (form IN ('lines', 'table', 'copy')),  -- operational
    agent_kind      text         NOT NULL CHECK (agent_kind IN ('system', 'practitioner', 'resident')),  -- operational
    agent_id        uuid,                   -- operational
    institution_id  uuid,                   -- operational
    CONSTRAINT of_a_resident_nothing_is_said CHECK ((agent_kind = 'resident') = (agent_id IS NULL))
);

GRANT SELECT, INSERT ON access.handed_over TO ohc_app;

-- What residents want to be told of looks, sealed; rows are added and never changed, the newest counts.
CREATE TABLE access.notice_choice (
    resident_id   uuid         NOT NULL,  -- operational
    event_number  bigint       NOT NULL,  -- operational
    chosen_at     timestamptz  NOT NULL,  -- operational
    sealed        bytea        NOT NULL,  -- identity
    PRIMARY KEY (resident_id, event_number)
);

-- Of whom a resident was told on a day, or will be when the hour has come.
CREATE TABLE access.look_told (
    resident_id  uuid         NOT NULL,  -- operational
    on_day       date         NOT NULL,  -- operational
    agent_id     uuid         NOT NULL,  -- operational
    due_at       timestamptz,            -- operational
    PRIMARY KEY (resident_id, on_day, agent_id)
);

CREATE INDEX look_told_due ON access.look_told (due_at) WHERE due_at IS NOT NULL;

-- How far the log was followed, by whom.
CREATE TABLE access.followed (
    name       text    PRIMARY KEY,  -- operational
    next_leaf  bigint  NOT NULL      -- operational
);

ALTER TABLE access.notice_choice ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.notice_choice FORCE ROW LEVEL SECURITY;
ALTER TABLE access.look_told ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.look_told FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_resident ON access.notice_choice
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY of_the_resident ON access.look_told
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);
CREATE POLICY to_send ON access.look_told FOR SELECT
    USING (current_setting('ohc.task', true) = 'notices');
CREATE POLICY to_forget ON access.look_told FOR DELETE
    USING (current_setting('ohc.task', true) = 'notices');

GRANT SELECT, INSERT ON access.notice_choice TO ohc_app;
GRANT SELECT, INSERT, DELETE ON access.look_told TO ohc_app;
GRANT UPDATE (due_at) ON access.look_told TO ohc_app;
GRANT SELECT, INSERT, UPDATE ON access.followed TO ohc_app;

-- Groups that an operator approved for an institution (access/groups). Of nobody: resident_id is the
-- group's own id, whose keys seal who is in it, and are destroyed when it ends.
CREATE TABLE access.export_group (
    resident_id     uuid         PRIMARY KEY,  -- operational
    institution_id  uuid         NOT NULL,  -- operational
    name            text         NOT NULL CHECK (name <> ''),  -- operational
    purpose         text         NOT NULL CHECK (purpose <> ''),  -- operational
    size            integer      NOT NULL CHECK (size > 0),  -- operational
    until           timestamptz  NOT NULL,  -- operational
    approved_at     timestamptz  NOT NULL,  -- operational
    ended_at        timestamptz,            -- operational
    members         bytea        NOT NULL,  -- identity
    CONSTRAINT what_ended_names_nobody CHECK ((ended_at IS NOT NULL) = (members = ''))
);

-- Exports of them under way: what is asked and how far it got, sealed for the system that asks.
CREATE TABLE access.export_job (
    resident_id   uuid         NOT NULL,  -- operational
    mark          bytea        NOT NULL CHECK (octet_length(mark) = 32),  -- operational
    state         bytea        NOT NULL,  -- operational
    leased_until  timestamptz  NOT NULL,  -- operational
    expires_at    timestamptz  NOT NULL,  -- operational
    PRIMARY KEY (resident_id, mark)
);

ALTER TABLE access.export_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.export_group FORCE ROW LEVEL SECURITY;
ALTER TABLE access.export_job ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.export_job FORCE ROW LEVEL SECURITY;

CREATE POLICY of_the_group ON access.export_group TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

CREATE POLICY to_review ON access.export_group FOR SELECT TO ohc_app
    USING (current_setting('ohc.task', true) = 'review');

CREATE POLICY of_the_group ON access.export_job TO ohc_app
    USING (resident_id = NULLIF(current_setting('ohc.resident_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (ended_at, members) ON access.export_group TO ohc_app;

GRANT SELECT, INSERT, UPDATE (state, leased_until), DELETE ON access.export_job TO ohc_app;
