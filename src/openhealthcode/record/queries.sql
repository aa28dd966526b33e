-- record: filing. How entries are read for disclosure stands in access/queries.sql.

-- name: filed_before
-- Which of these were filed before, and as what; one shard, the entry_source index.
-- Parameters: $1 resident_id uuid, $2 source_tokens bytea[].
SELECT source_token, entry_id, version, content_token, sensitivity_token
  FROM record.entry
 WHERE resident_id = $1 AND source_token = ANY ($2) AND is_current

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
-- Parameters: $1 resident_id uuid, $2 filed_number bigint, $3 filed_at timestamptz, then one array
-- per column.
INSERT INTO record.entry
    (resident_id, entry_id, version, is_current, type, day, category_token, sensitivity_token,
     institution_id, filed_number, filed_at, source_token, content_token, tokens, digest, body)
SELECT $1, n.entry_id, n.version, true, n.type, n.day, n.category_token, n.sensitivity_token,
       n.institution_id, $2, $3, n.source_token, n.content_token,
       ARRAY (SELECT substr(n.tokens, 1 + 8 * place, 8)
                FROM generate_series(0, octet_length(n.tokens) / 8 - 1) AS place),
       n.digest, n.body
  FROM unnest($4::uuid[], $5::integer[], $6::text[], $7::date[], $8::bytea[], $9::bytea[],
              $10::uuid[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bytea[])
       AS n (entry_id, version, type, day, category_token, sensitivity_token, institution_id,
             source_token, content_token, tokens, digest, body)

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
