-- access: the one place where the tables of several domains meet, because a look decides, reads
-- and logs as one on one resident's shard. What each read answers is said in schema.sql.

-- name: read_categories
-- The current entries of some categories, newest first; a few thousand rows of a resident at most.
-- Parameters: $1 resident_ids uuid[], $2 known_versions bigint[] of the consents,
-- $3 category_tokens text[], an array literal for each.
SELECT entry_id, version, type, day, category_token, sensitivity_token, institution_id,
       filed_number, filed_at, digest, body
  FROM access.categories($1, $2, $3)

-- name: read_entry
-- One entry of each in its current version or in the one named; primary key.
-- Parameters: $1 resident_ids uuid[], $2 known_versions bigint[] of the consents,
-- $3 entry_ids uuid[], $4 versions integer[], null for current.
SELECT entry_id, version, type, day, category_token, sensitivity_token, institution_id,
       filed_number, filed_at, digest, body
  FROM access.entry($1, $2, $3, $4)

-- name: read_page
-- The first page of what a search finds among the kinds of entries that may be seen, and how many;
-- see schema.sql. Parameters: $1 resident_ids uuid[], $2 known_versions bigint[] of the consents,
-- $3 types text[], and literals: $4 entry ids, $5 groups of tokens (at most four), $6 days,
-- $7 moments of filing, $8 categories, $9 closed kinds; $10 up to which number bigint[],
-- $11 institution_ids uuid[], $12 how many on a page integer[].
SELECT entry_id, version, type, day, category_token, sensitivity_token, institution_id,
       filed_number, filed_at, digest, body, total, of_others
  FROM access.page($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: search
-- Everything of one type in one record that fits a search, without bodies: what may be counted and
-- on which page an entry stands is decided first. A few thousand rows at most, by resident.
-- Parameters: $1 resident_id uuid, $2 known_version bigint of the consents, $3 type text,
-- $4 entry_ids uuid[] or null, $5 to $8 groups of tokens, at least one of each must be there,
-- bytea[] or null, $9 and $10 days from and until (half-open) date[] or null, $11 and $12 filed
-- from and until timestamptz[] or null; $13 bigint, the version of the consents by which $14 and $15,
-- categories and closed kinds bytea[], leave out what cannot be shown to $16 uuid, an institution: so
-- that what is closed costs no more than what is not there; $17 bigint or null, only entries that were
-- there before this number of the chain, as they are now: the further pages of an answer.
SELECT c.resident_id AS entry_id, c.consent_version AS version, NULL::text AS type,
       NULL::date AS day,
       CASE WHEN c.is_linked AND c.consent_version <> $2 THEN (
           SELECT l.members FROM identity.link l WHERE l.resident_id = $1
            ORDER BY l.event_number DESC LIMIT 1) END AS category_token,
       NULL::bytea AS sensitivity_token,
       NULL::uuid AS institution_id, c.next_number AS filed_number,
       statement_timestamp() AS filed_at, c.head AS digest,
       CASE WHEN c.consent_version <> $2 THEN (
           SELECT s.document FROM consent.standing s WHERE s.resident_id = $1) END AS body
  FROM audit.chain c
 WHERE c.resident_id = $1
UNION ALL
SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
       e.institution_id, e.filed_number, e.filed_at, e.digest, NULL
  FROM record.entry e
 WHERE e.resident_id = $1 AND e.is_current AND e.type = $3
   AND ($4::uuid[] IS NULL OR e.entry_id = ANY ($4))
   AND ($5::bytea[] IS NULL OR e.tokens && $5)
   AND ($6::bytea[] IS NULL OR e.tokens && $6)
   AND ($7::bytea[] IS NULL OR e.tokens && $7)
   AND ($8::bytea[] IS NULL OR e.tokens && $8)
   AND ($9::date[] IS NULL
        OR EXISTS (SELECT FROM unnest($9::date[], $10::date[]) AS d (start, stop)
                    WHERE e.day > '-infinity' AND e.day >= d.start AND e.day < d.stop))
   AND ($11::timestamptz[] IS NULL
        OR EXISTS (SELECT FROM unnest($11::timestamptz[], $12::timestamptz[]) AS f (start, stop)
                    WHERE e.filed_at >= f.start AND e.filed_at < f.stop))
   AND (e.institution_id = $16
        OR (e.category_token = ANY ($14) AND e.sensitivity_token = ANY ($15))
        OR (SELECT c.consent_version FROM audit.chain c WHERE c.resident_id = $1) <> $13)
   AND ($17::bigint IS NULL OR e.filed_number < $17
        OR EXISTS (SELECT FROM record.entry o
                    WHERE o.resident_id = $1 AND o.entry_id = e.entry_id AND o.filed_number < $17))

-- name: search_opened
-- As ``search``, with bodies, where it takes the opened entry to know whether it fits: what fits as
-- far as the store can tell, and the entries of other types it may lead to. By resident.
-- Parameters: $1 to $17 as of ``search``, $18 other types text[].
SELECT c.resident_id AS entry_id, c.consent_version AS version, NULL::text AS type,
       NULL::date AS day,
       CASE WHEN c.is_linked AND c.consent_version <> $2 THEN (
           SELECT l.members FROM identity.link l WHERE l.resident_id = $1
            ORDER BY l.event_number DESC LIMIT 1) END AS category_token,
       NULL::bytea AS sensitivity_token,
       NULL::uuid AS institution_id, c.next_number AS filed_number,
       statement_timestamp() AS filed_at, c.head AS digest,
       CASE WHEN c.consent_version <> $2 THEN (
           SELECT s.document FROM consent.standing s WHERE s.resident_id = $1) END AS body,
       NULL::boolean AS is_candidate
  FROM audit.chain c
 WHERE c.resident_id = $1
UNION ALL
SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
       e.institution_id, e.filed_number, e.filed_at, e.digest, e.body, n.is_candidate
  FROM record.entry e
 CROSS JOIN LATERAL (
       SELECT e.type = $3
              AND ($4::uuid[] IS NULL OR e.entry_id = ANY ($4))
              AND ($5::bytea[] IS NULL OR e.tokens && $5)
              AND ($6::bytea[] IS NULL OR e.tokens && $6)
              AND ($7::bytea[] IS NULL OR e.tokens && $7)
              AND ($8::bytea[] IS NULL OR e.tokens && $8)
              AND ($9::date[] IS NULL
                   OR EXISTS (SELECT FROM unnest($9::date[], $10::date[]) AS d (start, stop)
                               WHERE e.day > '-infinity' AND e.day >= d.start AND e.day < d.stop))
              AND ($11::timestamptz[] IS NULL
                   OR EXISTS (SELECT
                                FROM unnest($11::timestamptz[], $12::timestamptz[]) AS f (start, stop)
                               WHERE e.filed_at >= f.start AND e.filed_at < f.stop))
              AS is_candidate) AS n
 WHERE e.resident_id = $1 AND e.is_current
   AND (n.is_candidate OR e.type = ANY ($18::text[]))
   AND (e.institution_id = $16
        OR (e.category_token = ANY ($14::bytea[]) AND e.sensitivity_token = ANY ($15::bytea[]))
        OR (SELECT c.consent_version FROM audit.chain c WHERE c.resident_id = $1) <> $13::bigint)
   AND ($17::bigint IS NULL OR e.filed_number < $17
        OR EXISTS (SELECT FROM record.entry o
                    WHERE o.resident_id = $1 AND o.entry_id = e.entry_id AND o.filed_number < $17))

-- name: bodies
-- The sealed bodies of one page; primary key. Asked after the event is written, when the chain's
-- row is held and nothing can be filed in between.
-- Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
SELECT entry_id, body
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = ANY ($2) AND is_current

-- name: whole
-- The current entries of one record, of some types and days: what a system may take of it as a whole.
-- A few thousand rows at most, by resident. The resident's own entry has no day and belongs to all.
-- Parameters: $1 resident_id uuid, $2 known_version bigint of the consents, $3 types text[], $4 and
-- $5 days from and until (half-open) date or null, $6 filed since timestamptz or null, $7 has_bodies
-- boolean, $8 to $11 as $13 to $16 of ``search``.
SELECT c.resident_id AS entry_id, c.consent_version AS version, NULL::text AS type,
       NULL::date AS day,
       CASE WHEN c.is_linked AND c.consent_version <> $2 THEN (
           SELECT l.members FROM identity.link l WHERE l.resident_id = $1
            ORDER BY l.event_number DESC LIMIT 1) END AS category_token,
       NULL::bytea AS sensitivity_token,
       NULL::uuid AS institution_id, c.next_number AS filed_number,
       statement_timestamp() AS filed_at, c.head AS digest,
       CASE WHEN c.consent_version <> $2 THEN (
           SELECT s.document FROM consent.standing s WHERE s.resident_id = $1) END AS body
  FROM audit.chain c
 WHERE c.resident_id = $1
UNION ALL
(SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
       e.institution_id, e.filed_number, e.filed_at, e.digest, CASE WHEN $7::boolean THEN e.body END
  FROM record.entry e
 WHERE e.resident_id = $1 AND e.is_current AND e.type = ANY ($3::text[])
   AND ($4::date IS NULL OR e.day >= $4 OR e.type = 'Patient')
   AND ($5::date IS NULL OR e.day < $5)
   AND ($6::timestamptz IS NULL OR e.filed_at >= $6)
   AND (e.institution_id = $11
        OR (e.category_token = ANY ($9::bytea[]) AND e.sensitivity_token = ANY ($10::bytea[]))
        OR (SELECT c.consent_version FROM audit.chain c WHERE c.resident_id = $1) <> $8::bigint)
 ORDER BY e.day DESC, e.entry_id DESC)

-- name: history
-- Everything ever filed of one entry or of some types, with what says that it was deleted; by
-- resident. Parameters: $1 resident_id uuid, $2 known_version bigint of the consents, $3 types text[],
-- $4 entry_id uuid or null, $5 to $8 as $13 to $16 of ``search``.
SELECT c.resident_id AS entry_id, c.consent_version AS version, NULL::text AS type,
       NULL::date AS day,
       CASE WHEN c.is_linked AND c.consent_version <> $2 THEN (
           SELECT l.members FROM identity.link l WHERE l.resident_id = $1
            ORDER BY l.event_number DESC LIMIT 1) END AS category_token,
       NULL::bytea AS sensitivity_token,
       NULL::uuid AS institution_id, c.next_number AS filed_number,
       statement_timestamp() AS filed_at, c.head AS digest,
       CASE WHEN c.consent_version <> $2 THEN (
           SELECT s.document FROM consent.standing s WHERE s.resident_id = $1) END AS body,
       NULL::boolean AS is_deletion
  FROM audit.chain c
 WHERE c.resident_id = $1
UNION ALL
SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
       e.institution_id, e.filed_number, e.filed_at, e.digest, NULL, e.is_deletion
  FROM record.entry e
 WHERE e.resident_id = $1 AND e.type = ANY ($3::text[])
   AND ($4::uuid IS NULL OR e.entry_id = $4)
   AND (e.institution_id = $8
        OR (e.category_token = ANY ($6::bytea[]) AND e.sensitivity_token = ANY ($7::bytea[]))
        OR (SELECT c.consent_version FROM audit.chain c WHERE c.resident_id = $1) <> $5::bigint)

-- name: bodies_of_versions
-- The sealed bodies of one page of a history; primary key. Parameters: $1 resident_id uuid,
-- $2 entry_ids uuid[], $3 versions integer[].
SELECT e.entry_id, e.version, e.body
  FROM unnest($2::uuid[], $3::integer[]) AS n (entry_id, version)
  JOIN record.entry e ON e.resident_id = $1 AND e.entry_id = n.entry_id AND e.version = n.version

-- name: compared
-- What an order is compared with: entries of some types since a day, or with a code, or of types of
-- which every one counts, with bodies; a few hundred rows of a resident at most, entry_newest. What
-- cannot be shown to the institution is left out as in search. Parameters: $1 resident_id uuid,
-- $2 known_version bigint of the consents, $3 types text[], $4 since date, $5 tokens bytea[] or null,
-- $6 types text[] of any day, $7 bigint, the version of the consents of $8 and $9, categories and
-- closed kinds bytea[], $10 institution_id uuid.
SELECT c.resident_id AS entry_id, c.consent_version AS version, NULL::text AS type,
       NULL::date AS day,
       CASE WHEN c.is_linked AND c.consent_version <> $2 THEN (
           SELECT l.members FROM identity.link l WHERE l.resident_id = $1
            ORDER BY l.event_number DESC LIMIT 1) END AS category_token,
       NULL::bytea AS sensitivity_token,
       NULL::uuid AS institution_id, c.next_number AS filed_number,
       statement_timestamp() AS filed_at, c.head AS digest,
       CASE WHEN c.consent_version <> $2 THEN (
           SELECT s.document FROM consent.standing s WHERE s.resident_id = $1) END AS body
  FROM audit.chain c
 WHERE c.resident_id = $1
UNION ALL
SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
       e.institution_id, e.filed_number, e.filed_at, e.digest, e.body
  FROM record.entry e
 WHERE e.resident_id = $1 AND e.is_current
   AND ((e.type = ANY ($3::text[]) AND (e.day >= $4::date OR e.day = '-infinity')
         AND ($5::bytea[] IS NULL OR e.tokens && $5))
        OR e.type = ANY ($6::text[]))
   AND (e.institution_id = $10
        OR (e.category_token = ANY ($8::bytea[]) AND e.sensitivity_token = ANY ($9::bytea[]))
        OR (SELECT c.consent_version FROM audit.chain c WHERE c.resident_id = $1) <> $7::bigint)

-- name: own_versions
-- Every version of one entry with what says that it was deleted and where each comes from, for its
-- resident; primary key. Parameters: $1 resident_id uuid, $2 known_version bigint of the consents,
-- $3 entry_id uuid.
SELECT c.resident_id AS entry_id, c.consent_version AS version, NULL::text AS type,
       NULL::date AS day,
       CASE WHEN c.is_linked AND c.consent_version <> $2 THEN (
           SELECT l.members FROM identity.link l WHERE l.resident_id = $1
            ORDER BY l.event_number DESC LIMIT 1) END AS category_token,
       NULL::bytea AS sensitivity_token,
       NULL::uuid AS institution_id, c.next_number AS filed_number,
       statement_timestamp() AS filed_at, c.head AS digest,
       CASE WHEN c.consent_version <> $2 THEN (
           SELECT s.document FROM consent.standing s WHERE s.resident_id = $1) END AS body,
       NULL::boolean AS is_deletion, NULL::bytea AS origin
  FROM audit.chain c
 WHERE c.resident_id = $1
UNION ALL
SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
       e.institution_id, e.filed_number, e.filed_at, e.digest, e.body, e.is_deletion, e.origin
  FROM record.entry e
 WHERE e.resident_id = $1 AND e.entry_id = $3

-- name: own_named
-- The current versions of some entries, for their resident; primary key. Parameters: $1 resident_id
-- uuid, $2 known_version bigint of the consents, $3 entry_ids uuid[].
SELECT c.resident_id AS entry_id, c.consent_version AS version, NULL::text AS type,
       NULL::date AS day,
       CASE WHEN c.is_linked AND c.consent_version <> $2 THEN (
           SELECT l.members FROM identity.link l WHERE l.resident_id = $1
            ORDER BY l.event_number DESC LIMIT 1) END AS category_token,
       NULL::bytea AS sensitivity_token,
       NULL::uuid AS institution_id, c.next_number AS filed_number,
       statement_timestamp() AS filed_at, c.head AS digest,
       CASE WHEN c.consent_version <> $2 THEN (
           SELECT s.document FROM consent.standing s WHERE s.resident_id = $1) END AS body,
       NULL::boolean AS is_deletion
  FROM audit.chain c
 WHERE c.resident_id = $1
UNION ALL
SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
       e.institution_id, e.filed_number, e.filed_at, e.digest, e.body, e.is_deletion
  FROM record.entry e
 WHERE e.resident_id = $1 AND e.is_current AND e.entry_id = ANY ($3)
