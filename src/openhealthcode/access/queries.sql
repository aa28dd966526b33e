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

-- name: search
-- Everything of one type in one record that fits a search, without bodies: what may be counted and
-- on which page an entry stands is decided first. A few thousand rows at most, by resident.
-- Parameters: $1 resident_id uuid, $2 known_version bigint of the consents, $3 type text,
-- $4 entry_ids uuid[] or null, $5 to $8 groups of tokens, at least one of each must be there,
-- bytea[] or null, $9 and $10 days from and until (half-open) date[] or null, $11 and $12 filed
-- from and until timestamptz[] or null; $13 bigint, the version of the consents by which $14 and $15,
-- categories and closed kinds bytea[], leave out what cannot be shown to $16 uuid, an institution: so
-- that what is closed costs no more than what is not there.
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

-- name: bodies
-- The sealed bodies of one page; primary key. Asked after the event is written, when the chain's
-- row is held and nothing can be filed in between.
-- Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
SELECT entry_id, body
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = ANY ($2) AND is_current
