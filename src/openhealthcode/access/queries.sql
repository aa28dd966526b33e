-- access: the one place where the tables of several domains meet, because a look decides, reads
-- and logs as one on one resident's shard. What each read answers is said in schema.sql.

-- name: standing
-- What the resident has said, with the version it belongs to; asked only when that version is not
-- in memory. If it has changed since the read, so has the chain, and the event will not be written.
-- Parameters: $1 resident_id uuid.
SELECT consent_version, document FROM access.standing($1)

-- name: read_categories
-- The current entries of some categories, newest first; a few thousand rows at most.
-- Parameters: $1 resident_id uuid, $2 category_tokens bytea[].
SELECT entry_id, version, type, day, category_token, sensitivity_token, institution_id,
       filed_number, filed_at, digest, consent_version, body
  FROM access.categories($1, $2)

-- name: read_entry
-- One entry in its current version or in the one named; primary key.
-- Parameters: $1 resident_id uuid, $2 entry_id uuid, $3 version integer or null.
SELECT entry_id, version, type, day, category_token, sensitivity_token, institution_id,
       filed_number, filed_at, digest, consent_version, body
  FROM access.entry($1, $2, $3)

-- name: search
-- Everything of one type in one record that fits a search, without bodies: what may be counted and
-- on which page an entry stands is decided first. A few thousand rows at most, by resident.
-- Parameters: $1 resident_id uuid, $2 type text, $3 entry_ids uuid[] or null, $4 to $7 groups of
-- tokens, at least one of each must be there, bytea[] or null, $8 and $9 days from and until
-- (half-open) date[] or null, $10 and $11 filed from and until timestamptz[] or null.
SELECT NULL::uuid AS entry_id, NULL::integer AS version, NULL::text AS type, NULL::date AS day,
       NULL::bytea AS category_token, NULL::bytea AS sensitivity_token,
       NULL::uuid AS institution_id, c.next_number AS filed_number,
       statement_timestamp() AS filed_at, c.head AS digest, c.consent_version,
       NULL::bytea AS body
  FROM audit.chain c
 WHERE c.resident_id = $1
UNION ALL
SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
       e.institution_id, e.filed_number, e.filed_at, e.digest, NULL, NULL
  FROM record.entry e
 WHERE e.resident_id = $1 AND e.is_current AND e.type = $2
   AND ($3::uuid[] IS NULL OR e.entry_id = ANY ($3))
   AND ($4::bytea[] IS NULL OR e.tokens && $4)
   AND ($5::bytea[] IS NULL OR e.tokens && $5)
   AND ($6::bytea[] IS NULL OR e.tokens && $6)
   AND ($7::bytea[] IS NULL OR e.tokens && $7)
   AND ($8::date[] IS NULL
        OR EXISTS (SELECT FROM unnest($8::date[], $9::date[]) AS d (start, stop)
                    WHERE e.day > '-infinity' AND e.day >= d.start AND e.day < d.stop))
   AND ($10::timestamptz[] IS NULL
        OR EXISTS (SELECT FROM unnest($10::timestamptz[], $11::timestamptz[]) AS f (start, stop)
                    WHERE e.filed_at >= f.start AND e.filed_at < f.stop))

-- name: bodies
-- The sealed bodies of one page; primary key. Asked after the event is written, when the chain's
-- row is held and nothing can be filed in between.
-- Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
SELECT entry_id, body
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = ANY ($2) AND is_current
