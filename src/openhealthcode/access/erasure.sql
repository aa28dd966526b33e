-- access: what institutions' systems were given, for asking them to erase it.

-- name: types_and_origins
-- Every version's type and who filed it; the resident's rows of one shard by primary key. Works on a
-- closed account too: neither column needs a key. Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
SELECT DISTINCT entry_id, type, institution_id
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = ANY ($2)
