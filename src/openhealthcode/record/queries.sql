-- record: filing. How entries are read for disclosure stands in access/queries.sql.

-- name: filed_before
-- Which of these were filed before, and as what; one shard, the entry_source index.
-- Parameters: $1 resident_id uuid, $2 source_tokens bytea[].
SELECT source_token, entry_id, version, content_token, sensitivity_token
  FROM record.entry
 WHERE resident_id = $1 AND source_token = ANY ($2) AND is_current

-- name: newest
-- The newest version of each of these, be it there or deleted; one shard, primary key.
-- Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
SELECT DISTINCT ON (entry_id)
       entry_id, version, is_current, type, day, category_token, sensitivity_token, institution_id,
       source_token, content_token
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = ANY ($2)
 ORDER BY entry_id, version DESC

-- name: earlier
-- Every version of these, the newest last, to tell what is sent again after it was changed; one shard,
-- primary key. Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
SELECT entry_id, version, content_token, filed_number, filed_at, origin
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = ANY ($2)
 ORDER BY entry_id, version

-- name: of_institution
-- What one institution filed of one type and is there now, to be held against a condition; the
-- current rows of one resident, a few thousand at most, one shard.
-- Parameters: $1 resident_id uuid, $2 institution_id uuid, $3 type text.
SELECT entry_id, version, body
  FROM record.entry
 WHERE resident_id = $1 AND institution_id = $2 AND type = $3 AND is_current
 ORDER BY entry_id

-- name: filed_since
-- Whether an institution filed anything of these types from an event on; as above.
-- Parameters: $1 resident_id uuid, $2 institution_id uuid, $3 types text[], $4 number bigint.
SELECT EXISTS (SELECT FROM record.entry
                WHERE resident_id = $1 AND institution_id = $2 AND type = ANY ($3)
                  AND filed_number >= $4)

-- name: types
-- What these are, whether there now, closed or deleted; one shard, primary key.
-- Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
SELECT DISTINCT entry_id, type FROM record.entry WHERE resident_id = $1 AND entry_id = ANY ($2)

-- name: linked
-- Entries that go by, or refer to, any of these; one shard, the current rows of one resident (a few
-- thousand at most). Asked only when something filed is closed or refers to what was filed before.
-- Parameters: $1 resident_id uuid, $2 tokens bytea[].
SELECT entry_id, sensitivity_token, tokens
  FROM record.entry
 WHERE resident_id = $1 AND is_current AND tokens && $2

-- name: close
-- Every version of these entries now carries this label; one shard, primary key.
-- Parameters: $1 resident_id uuid, $2 entry_ids uuid[], $3 sensitivity_tokens bytea[].
UPDATE record.entry e
   SET sensitivity_token = n.sensitivity_token
  FROM unnest($2::uuid[], $3::bytea[]) AS n (entry_id, sensitivity_token)
 WHERE e.resident_id = $1 AND e.entry_id = n.entry_id

-- name: versions
-- Everything ever filed of one resident, a few thousand rows at most; one shard, primary key. Asked
-- once for each edition of the sensitive map. Parameters: $1 resident_id uuid.
SELECT entry_id, version, institution_id, sensitivity_token, tokens, digest, body
  FROM record.entry
 WHERE resident_id = $1
 ORDER BY entry_id, version

-- name: supersede
-- The versions that are no longer the newest; one shard, primary key.
-- Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
UPDATE record.entry
   SET is_current = false
 WHERE resident_id = $1 AND entry_id = ANY ($2) AND is_current

-- name: insert
-- All new versions of one filing in one statement; one shard. The search tokens of an entry come
-- as one byte string, eight bytes each, because arrays of arrays must be rectangular.
-- Parameters: $1 resident_id uuid, $2 filed_number bigint, $3 filed_at timestamptz, $4 origin bytea,
-- then one array per column.
INSERT INTO record.entry
    (resident_id, entry_id, version, is_current, is_deletion, type, day, category_token,
     sensitivity_token, institution_id, filed_number, filed_at, source_token, content_token, tokens,
     digest, body, origin)
SELECT $1, n.entry_id, n.version, NOT n.is_deletion, n.is_deletion, n.type, n.day, n.category_token, n.sensitivity_token,
       n.institution_id, $2, $3, n.source_token, n.content_token,
       ARRAY (SELECT substr(n.tokens, 1 + 8 * place, 8)
                FROM generate_series(0, octet_length(n.tokens) / 8 - 1) AS place),
       n.digest, n.body, $4
  FROM unnest($5::uuid[], $6::integer[], $7::text[], $8::date[], $9::bytea[], $10::bytea[],
              $11::uuid[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bytea[], $16::bytea[],
              $17::boolean[])
       AS n (entry_id, version, type, day, category_token, sensitivity_token, institution_id,
             source_token, content_token, tokens, digest, body, is_deletion)

-- name: add
-- One new entry with its event, see the function in schema.sql; four rows by primary key, one shard.
-- For several the call is repeated in one statement.
-- Parameters: $1 to $16 as of audit's ``write``, $17 seal bytea, $18 entry_id uuid, $19 type text,
-- $20 day date, $21 category_token bytea, $22 sensitivity_token bytea, $23 institution_id uuid,
-- $24 source_token bytea, $25 content_token bytea, $26 tokens bytea[], $27 digest bytea,
-- $28 body bytea, $29 origin bytea.
SELECT record.add($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                  $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)

-- name: reopen
-- The newest version of one entry; primary key. Parameters: $1 resident_id uuid, $2 entry_id uuid.
SELECT version, institution_id, source_token, sensitivity_token, tokens, body
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = $2 AND is_current

-- name: destroy
-- Every version of entries whose time is over; primary key, one shard, task retention only.
-- Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
DELETE FROM record.entry
 WHERE resident_id = $1 AND entry_id = ANY ($2)
RETURNING entry_id, version, filed_number, digest

-- name: destroy_earlier
-- The versions before the newest; as above. Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
DELETE FROM record.entry
 WHERE resident_id = $1 AND entry_id = ANY ($2) AND NOT is_current
RETURNING entry_id, version, filed_number, digest
